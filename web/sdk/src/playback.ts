import type { RemoteSlot } from "./slotBook.js";

/** Plays the audio slots through hidden elements: one each, for the whole meeting. */
export class Playback {
  readonly #elements = new Map<RemoteSlot, HTMLAudioElement>();
  readonly #onBlocked: (isBlocked: boolean) => void;
  #speaker: string | undefined;
  #isBlocked = false;

  constructor(onBlocked: (isBlocked: boolean) => void) {
    this.#onBlocked = onBlocked;
  }

  /** True while the browser refuses to play sound before somebody touches the page. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Plays what the slots carry now; called at every new connection. */
  attach(slots: readonly RemoteSlot[]): void {
    for (const slot of slots) {
      if (slot.track === null) {
        continue;
      }
      const element = this.#elementOf(slot);
      const playing = (element.srcObject as MediaStream | null)?.getAudioTracks()[0];
      if (playing !== slot.track) {
        element.srcObject = new MediaStream([slot.track]);
        void this.#play(element);
      }
    }
  }

  /** Call from a click or key press when playing is blocked. */
  async start(): Promise<void> {
    await Promise.all([...this.#elements.values()].map((element) => this.#play(element)));
  }

  async setSpeaker(deviceId: string): Promise<void> {
    this.#speaker = deviceId;
    await Promise.all([...this.#elements.values()].map((element) => this.#route(element)));
  }

  close(): void {
    for (const element of this.#elements.values()) {
      element.srcObject = null;
      element.remove();
    }
    this.#elements.clear();
  }

  #elementOf(slot: RemoteSlot): HTMLAudioElement {
    let element = this.#elements.get(slot);
    if (element === undefined) {
      element = document.createElement("audio");
      element.autoplay = true;
      element.hidden = true;
      element.setAttribute("playsinline", "");
      element.dataset["slot"] = `audio-${slot.index}`;
      document.body.append(element);
      this.#elements.set(slot, element);
      void this.#route(element).catch(() => undefined);
    }
    return element;
  }

  async #route(element: HTMLAudioElement): Promise<void> {
    if (this.#speaker !== undefined && "setSinkId" in element) {
      await element.setSinkId(this.#speaker);
    }
  }

  async #play(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      this.#say(false);
    } catch (error) {
      // AbortError only means that the source changed meanwhile.
      if (error instanceof DOMException && error.name === "NotAllowedError") {
        this.#say(true);
      }
    }
  }

  #say(isBlocked: boolean): void {
    if (this.#isBlocked !== isBlocked) {
      this.#isBlocked = isBlocked;
      this.#onBlocked(isBlocked);
    }
  }
}
