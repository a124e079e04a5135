import { JoinError, type JoinErrorKind } from "./joinError.js";

/** RFC 9457, and what this API adds to it. */
interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  traceId?: string;
}

/** What follows urn:eventmeet:problem: in a type. Types that are not here are known by their status. */
const kindByType: Readonly<Record<string, JoinErrorKind>> = {
  "token-expired": "tokenExpired",
  "token-wrong-room": "tokenInvalid",
  "token-not-for-joining": "tokenInvalid",
  "room-not-found": "roomNotFound",
  "room-not-open-yet": "roomNotOpen",
  "room-ending": "roomEnded",
  "room-ended": "roomEnded",
  "room-full": "roomFull",
  "identity-in-use": "alreadyJoined",
  // Another request is in the way for a moment.
  "idempotency-in-progress": "noServer",
  "concurrent-change": "noServer",
};

const kindByStatus: Readonly<Record<number, JoinErrorKind>> = {
  400: "incompatible",
  401: "tokenInvalid",
  403: "notAllowed",
  404: "roomNotFound",
  406: "incompatible",
  409: "alreadyJoined",
  410: "roomEnded",
  413: "incompatible",
  415: "incompatible",
  422: "incompatible",
  429: "tooManyRequests",
};

/** What a refused request means; reads a problem+json body if there is one. Never throws. */
export async function errorFromResponse(response: Response): Promise<JoinError> {
  const problem = await readProblem(response);
  const kind = kindOf(response.status, problem, response.headers.get("www-authenticate") ?? "");
  const message = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
  const retryAfterMs = retryAfter(response.headers.get("retry-after"), Date.now());
  return new JoinError(kind, message, {
    status: response.status,
    ...(problem.type === undefined ? {} : { problemType: problem.type }),
    ...(problem.traceId === undefined ? {} : { traceId: problem.traceId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

export function kindOf(status: number, problem: Problem, challenge = ""): JoinErrorKind {
  const name = (problem.type ?? "").split(/[/#:]/).pop() ?? "";
  const named = Object.hasOwn(kindByType, name) ? kindByType[name] : undefined;
  const words = `${problem.title ?? ""} ${problem.detail ?? ""} ${challenge}`.toLowerCase();
  if (status === 401 && named !== "tokenExpired") {
    return words.includes("expired") ? "tokenExpired" : "tokenInvalid";
  }
  return named ?? kindByStatus[status] ?? (status >= 500 ? "noServer" : "incompatible");
}

/** Retry-After (RFC 9110 section 10.2.3): seconds or a date → milliseconds from now, at most a minute. */
export function retryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) {
    return undefined;
  }
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 60_000);
}

async function readProblem(response: Response): Promise<Problem> {
  if (!/[/+]json\b/.test(response.headers.get("content-type") ?? "")) {
    return {};
  }
  try {
    const body: unknown = await response.json();
    if (typeof body !== "object" || body === null) {
      return {};
    }
    const texts = Object.entries(body).filter(([, value]) => typeof value === "string");
    return Object.fromEntries(texts) as Problem;
  } catch {
    return {};
  }
}
