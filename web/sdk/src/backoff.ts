/** How long to wait before each attempt, and when to give up. */
export interface BackoffPolicy {
  /** Wait before the second attempt, doubled for each later one. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** No attempt starts later than this after the first. */
  giveUpAfterMs: number;
}

export const joinBackoff: BackoffPolicy = { firstDelayMs: 300, maxDelayMs: 3_000, giveUpAfterMs: 15_000 };
export const reconnectBackoff: BackoffPolicy = { firstDelayMs: 300, maxDelayMs: 5_000, giveUpAfterMs: 90_000 };

/**
 * Milliseconds to wait before attempt `attempt` (0 is the first, at once), or undefined when it is time to give up.
 * Jitter takes up to half off, so that a room full of clients does not come back in the same instant.
 */
export function delayBefore(
  attempt: number,
  elapsedMs: number,
  policy: BackoffPolicy,
  random: () => number = Math.random,
): number | undefined {
  if (attempt === 0) {
    return 0;
  }
  const full = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), policy.maxDelayMs);
  const delay = Math.round(full * (0.5 + random() / 2));
  return elapsedMs + delay > policy.giveUpAfterMs ? undefined : delay;
}

/** Resolves after the time, or early when `hurry` settles; rejects when aborted. */
export function wait(ms: number, signal: AbortSignal, hurry?: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve();
    };
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", abort, { once: true });
    void hurry?.then(finish);
  });
}
