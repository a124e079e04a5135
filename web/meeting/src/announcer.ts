import { setText } from "./dom.js";

/** Says things to screen readers, one after the other. */
export class Announcer {
  readonly #region: Element;
  readonly #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: Element) {
    this.#region = region;
  }

  say(text: string): void {
    // Nobody listens to a backlog: of many only the last few are said.
    this.#waiting.push(text);
    this.#waiting.splice(0, Math.max(0, this.#waiting.length - 5));
    this.#next();
  }

  #next(): void {
    if (this.#timer !== undefined) {
      return;
    }
    const text = this.#waiting.shift();
    if (text === undefined) {
      return;
    }
    setText(this.#region, text);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      setText(this.#region, "");
      this.#next();
    }, 1_500);
  }
}

/** Who came and went, without those who were only gone for a moment. */
export class Attendance {
  readonly #say: (text: string) => void;
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  joined(identity: string, name: string): void {
    const timer = this.#leaving.get(identity);
    if (timer === undefined) {
      this.#say(`${name} joined`);
    } else {
      clearTimeout(timer);
      this.#leaving.delete(identity);
    }
  }

  left(identity: string, name: string, reason: string): void {
    if (reason === "left" || reason === "removed") {
      this.#say(`${name} left`);
      return;
    }
    const timer = setTimeout(() => {
      this.#leaving.delete(identity);
      this.#say(`${name} left`);
    }, 5_000);
    this.#leaving.set(identity, timer);
  }

  close(): void {
    this.#leaving.forEach((timer) => clearTimeout(timer));
    this.#leaving.clear();
  }
}
