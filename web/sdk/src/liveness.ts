/** Milliseconds. */
export interface LivenessPolicy {
  pingEveryMs: number;
  /** Silent for so long, its HTTP side is asked whether the session still is: a server that died is known there sooner. */
  doubtAfterMs: number;
  lostAfterMs: number;
}

export const defaultLiveness: LivenessPolicy = { pingEveryMs: 1_000, doubtAfterMs: 1_600, lostAfterMs: 5_000 };

/** Asks the server every second whether it is there, has its silence looked into, and says once when it was too long. */
export class Liveness {
  readonly #policy: LivenessPolicy;
  readonly #ping: (id: number) => void;
  readonly #doubt: () => void;
  readonly #lost: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #nextId = 0;
  #heardAt = 0;
  #lookedAt = 0;
  #askedAt = 0;
  #doubtedAt = 0;

  constructor(policy: LivenessPolicy, ping: (id: number) => void, doubt: () => void, lost: () => void) {
    this.#policy = policy;
    this.#ping = ping;
    this.#doubt = doubt;
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
      return;
    }
    if (now - this.#heardAt >= this.#policy.doubtAfterMs && now - this.#doubtedAt >= this.#policy.pingEveryMs) {
      this.#doubtedAt = now;
      this.#doubt();
    }
    if (now - this.#askedAt >= this.#policy.pingEveryMs) {
      this.#ask(now);
    }
  }

  #ask(now: number): void {
    this.#askedAt = now;
    this.#ping(this.#nextId++ >>> 0);
  }
}
