/** Milliseconds. */
export interface LivenessPolicy {
  pingEveryMs: number;
  lostAfterMs: number;
}

export const defaultLiveness: LivenessPolicy = { pingEveryMs: 2_000, lostAfterMs: 5_000 };

/** Asks the server every two seconds whether it is there, and says once when it has been silent for too long. */
export class Liveness {
  readonly #policy: LivenessPolicy;
  readonly #ping: (id: number) => void;
  readonly #lost: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #nextId = 0;
  #heardAt = 0;
  #lookedAt = 0;
  #askedAt = 0;

  constructor(policy: LivenessPolicy, ping: (id: number) => void, lost: () => void) {
    this.#policy = policy;
    this.#ping = ping;
    this.#lost = lost;
  }

  start(): void {
    this.stop();
    this.#heardAt = this.#lookedAt = performance.now();
    this.#timer = setInterval(() => this.#look(), this.#policy.pingEveryMs / 4);
    this.#ask(this.#heardAt);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Any message is a sign of life. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  #look(): void {
    const now = performance.now();
    // The machine slept or the page was frozen: the silence was ours. Ask once more before judging.
    if (now - this.#lookedAt > this.#policy.lostAfterMs) {
      this.#heardAt = now;
    }
    this.#lookedAt = now;
    if (now - this.#heardAt >= this.#policy.lostAfterMs) {
      this.stop();
      this.#lost();
    } else if (now - this.#askedAt >= this.#policy.pingEveryMs) {
      this.#ask(now);
    }
  }

  #ask(now: number): void {
    this.#askedAt = now;
    this.#ping(this.#nextId++ >>> 0);
  }
}
