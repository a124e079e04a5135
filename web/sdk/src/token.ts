import { JoinError } from "./joinError.js";
import type { Source } from "./messages.js";

/** What the client reads from a participant token. The server alone decides whether it is genuine. */
export interface TokenClaims {
  room: string;
  identity: string;
  name: string | undefined;
  /** Milliseconds since 1970. */
  expiresAt: number | undefined;
  canPublish: boolean;
  canSubscribe: boolean;
  canPublishSources: Source[] | undefined;
  roomAdmin: boolean;
  canUpdateOwnMetadata: boolean;
}

/** Reads the claims without checking the signature. Throws a JoinError of kind tokenInvalid. */
export function readToken(token: string): TokenClaims {
  const claims = decodePayload(token);
  const video = objectOf(claims["video"]);
  const room = textOf(video["room"]);
  if (room === undefined || room === "") {
    throw new JoinError("tokenInvalid", "The token names no room.");
  }
  const exp = claims["exp"];
  const sources = video["canPublishSources"];
  return {
    room,
    identity: textOf(claims["sub"]) ?? "",
    name: textOf(claims["name"]),
    expiresAt: typeof exp === "number" ? exp * 1000 : undefined,
    canPublish: video["canPublish"] !== false,
    canSubscribe: video["canSubscribe"] !== false,
    canPublishSources: Array.isArray(sources) && sources.length > 0 ? (sources as Source[]) : undefined,
    roomAdmin: video["roomAdmin"] === true,
    canUpdateOwnMetadata: video["canUpdateOwnMetadata"] === true,
  };
}

function decodePayload(token: string): Record<string, unknown> {
  const payload = token.split(".")[1];
  if (payload === undefined || token.split(".").length !== 3) {
    throw new JoinError("tokenInvalid", "This is not a token: three parts divided by dots are expected.");
  }
  try {
    const binary = atob(payload.replace(/-/g, "+").replace(/_/g, "/"));
    const text = new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
    return objectOf(JSON.parse(text));
  } catch (cause) {
    throw new JoinError("tokenInvalid", "The token cannot be read.", { cause });
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
