import { errorFromResponse } from "./problem.js";
import { JoinError } from "./joinError.js";
import { iceServersOf } from "./linkHeader.js";

/** A session as the server gave it: RFC 9725's resource. */
export interface SessionResource {
  readonly location: string;
  /** The revision; the next PATCH names it. */
  etag: string | null;
  answer: string;
  readonly iceServers: RTCIceServer[];
}

/** Longer than any healthy answer, shorter than a person's patience. */
const requestTimeoutMs = 10_000;

/** The HTTP side of one room: POST an offer, PATCH the next, DELETE. One request per call; who calls decides on retries. */
export class SessionEndpoint {
  readonly #sessions: string;
  readonly #fetch: typeof fetch;
  /** May be replaced by a fresher one at any time. */
  token: string;

  constructor(url: string, room: string, token: string, fetchFunction: typeof fetch = (...args) => fetch(...args)) {
    this.#sessions = new URL(`v1/rooms/${encodeURIComponent(room)}/sessions`, url.endsWith("/") ? url : `${url}/`).href;
    this.#fetch = fetchFunction;
    this.token = token;
  }

  /** The same key with the same offer gives the same session, so a lost answer costs nothing. */
  async create(offer: string, idempotencyKey: string, signal: AbortSignal): Promise<SessionResource> {
    const { headers, body } = await this.#send(this.#sessions, signal, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", "Idempotency-Key": idempotencyKey },
      body: offer,
    });
    const location = headers.get("location");
    if (location === null) {
      throw new JoinError(
        "incompatible",
        "The server's answer names no session (Location is missing or hidden by CORS).",
      );
    }
    return {
      location: new URL(location, this.#sessions).href,
      etag: headers.get("etag"),
      answer: body,
      iceServers: iceServersOf(headers.get("link")),
    };
  }

  /** The next offer of the same session; its answer and revision are kept in the resource. */
  async update(session: SessionResource, offer: string, idempotencyKey: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#send(session.location, signal, {
      method: "PATCH",
      headers: {
        "Content-Type": "application/sdp",
        "Idempotency-Key": idempotencyKey,
        ...(session.etag === null ? {} : { "If-Match": session.etag }),
      },
      body: offer,
    });
    session.answer = answer.body;
    session.etag = answer.headers.get("etag") ?? session.etag;
  }

  /** True only when the server says that the session is no more: no answer is no answer. */
  async isGone(session: SessionResource, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#send(session.location, signal, { method: "GET", headers: {} });
      return false;
    } catch (error) {
      return error instanceof JoinError && error.status === 404;
    }
  }

  /** Ends the session; survives the page when it is being closed. Never throws: the server's own timeout does the rest. */
  async remove(session: SessionResource): Promise<void> {
    try {
      await this.#fetch(session.location, {
        method: "DELETE",
        headers: { Authorization: `Bearer ${this.token}` },
        keepalive: true,
      });
    } catch {
      // Unreachable: the session ends by itself when its connection does.
    }
  }

  async #send(
    url: string,
    signal: AbortSignal,
    init: RequestInit & { headers: Record<string, string> },
  ): Promise<{ headers: Headers; body: string }> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), requestTimeoutMs);
    const abort = (): void => deadline.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      const headers = { ...init.headers, Authorization: `Bearer ${this.token}`, Accept: "application/sdp" };
      const response = await this.#fetch(url, { ...init, headers, signal: deadline.signal, credentials: "omit" });
      if (!response.ok) {
        throw await errorFromResponse(response);
      }
      return { headers: response.headers, body: await response.text() };
    } catch (error) {
      throw asJoinError(error, signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

/** fetch rejects with a TypeError for everything from no network to no CORS headers. */
function asJoinError(error: unknown, signal: AbortSignal): JoinError {
  if (error instanceof JoinError) {
    return error;
  }
  if (signal.aborted) {
    return new JoinError("aborted", "Joining was cancelled.", { cause: error });
  }
  if (globalThis.navigator?.onLine === false) {
    return new JoinError("offline", "This device is not connected to a network.", { cause: error });
  }
  return new JoinError("noServer", "The meeting server cannot be reached.", { cause: error });
}
