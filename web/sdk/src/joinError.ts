/** Why a meeting could not be joined or went away for good; stable, for the page to choose its words by. */
export type JoinErrorKind =
  | "aborted"
  | "alreadyJoined"
  | "connectionFailed"
  | "deviceBusy"
  | "incompatible"
  | "noCamera"
  | "noMicrophone"
  | "noPermission"
  | "noServer"
  | "notAllowed"
  | "offline"
  | "removed"
  | "roomEnded"
  | "roomFull"
  | "roomNotFound"
  | "roomNotOpen"
  | "tokenExpired"
  | "tokenInvalid"
  | "tooManyRequests"
  | "unsupported";

export interface JoinErrorDetails {
  status?: number;
  problemType?: string;
  traceId?: string;
  retryAfterMs?: number;
  cause?: unknown;
}

export class JoinError extends Error {
  override readonly name = "JoinError";
  readonly kind: JoinErrorKind;
  readonly status: number | undefined;
  readonly problemType: string | undefined;
  /** Names the request in the server's traces; worth showing to support. */
  readonly traceId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: JoinErrorKind, message: string, details: JoinErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.status = details.status;
    this.problemType = details.problemType;
    this.traceId = details.traceId;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** True when posting the session again may help. */
  get isPassing(): boolean {
    return passing.has(this.kind);
  }
}

const passing: ReadonlySet<JoinErrorKind> = new Set([
  "connectionFailed",
  "noServer",
  "offline",
  "tooManyRequests",
] satisfies JoinErrorKind[]);

/** Says what a failed getUserMedia or getDisplayMedia means. */
export function mediaError(error: unknown, wanted: "camera" | "microphone" | "screen" | "devices"): JoinError {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const device = wanted === "devices" ? "camera or microphone" : wanted;
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new JoinError("noPermission", `The browser was not allowed to use the ${device}.`, { cause: error });
    case "NotReadableError":
    case "AbortError":
      return new JoinError("deviceBusy", `The ${device} is in use by another program or does not answer.`, {
        cause: error,
      });
    default: {
      const kind = wanted === "microphone" ? "noMicrophone" : "noCamera";
      return new JoinError(kind, `No ${device} was found.`, { cause: error });
    }
  }
}
