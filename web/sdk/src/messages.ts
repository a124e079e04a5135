/*
 * The in-call channel's messages. `in-call.schema.json`, two folders up, is the one description; a test holds these
 * types and that schema against each other, so a member added here without the schema (or the reverse) fails.
 */

export type Kind = "audio" | "video";
export type Source = "camera" | "microphone" | "screen_share" | "screen_share_audio" | "unknown";

export interface Track {
  id: string;
  kind: Kind;
  source: Source;
  muted: boolean;
}

export interface Participant {
  id: string;
  identity: string;
  name: string;
  metadata?: string;
  /** RFC 3339, UTC. */
  joinedAt: string;
  handRaised?: boolean;
  tracks: Track[];
}

/** What a receiving m-line carries; without participant it is empty. */
export interface Slot {
  mid: string;
  participant?: string;
  track?: string;
  source?: Source;
}

export interface Grants {
  canPublish: boolean;
  canSubscribe: boolean;
  canPublishData: boolean;
  roomAdmin: boolean;
  hidden: boolean;
  canUpdateOwnMetadata: boolean;
  /** Absent means every source. */
  canPublishSources?: Source[];
}

export interface Room {
  id: string;
  /** Absent when the tenant gave it none. */
  name?: string;
  metadata?: string;
}

export interface Welcome {
  type: "welcome";
  self: { session: string; participant: string };
  grants: Grants;
  room: Room;
  participants: Participant[];
  slots: Slot[];
  recording: RecordingState;
}

/** Who records the meeting. */
export interface RecordingState {
  /** Somebody records, paused or not. */
  active: boolean;
  /** Somebody records, and everything that records is paused. */
  paused: boolean;
  recordings: Recording[];
}

export interface Recording {
  id: string;
  paused: boolean;
  /** Who started it, in words for people; absent when the room did by itself. */
  startedBy?: string;
}

export interface Speaker {
  participant: string;
  /** 0 silence, 1 full scale. */
  level: number;
}

export interface ChatMessage {
  type: "chat";
  id: string;
  /** A participant's id, or "server". */
  from: string;
  to?: string;
  text: string;
  /** RFC 3339, UTC. */
  at: string;
}

export type ServerMessage =
  | Welcome
  | { type: "joined"; participant: Participant }
  | { type: "left"; participant: string; reason: string }
  | { type: "updated"; participant: Participant }
  | { type: "tracks"; participant: string; tracks: Track[] }
  | { type: "slots"; slots: Slot[] }
  | { type: "speakers"; speakers: Speaker[]; dominant: string | null }
  | ChatMessage
  | { type: "hand"; participant: string; raised: boolean }
  | { type: "reaction"; participant: string; reaction: string }
  | { type: "muted"; track: string; by?: string }
  | { type: "removed"; reason: string }
  | ({ type: "recording" } & RecordingState)
  | { type: "move"; reason: string }
  | { type: "quality"; participants: { participant: string; score: number }[] }
  | { type: "pong"; id: number; at: string }
  | { type: "error"; code: string; message: string; re?: string };

export interface Subscribe {
  type: "subscribe";
  mid: string;
  auto?: boolean;
  participant?: string;
  source?: Source;
  /** Pixels wanted. */
  height?: number;
  /** Frames per second wanted at most. */
  frameRate?: number;
}

export interface StreamStats {
  mid: string;
  direction: "send" | "receive";
  kind: Kind;
  bitsPerSecond: number;
  packets?: number;
  lost?: number;
  jitterMs?: number;
  framesPerSecond?: number;
  frameHeight?: number;
  freezes?: number;
  freezeMs?: number;
  concealedMs?: number;
}

export interface StatsMessage {
  type: "stats";
  roundTripMs?: number;
  availableOutgoingBitsPerSecond?: number;
  /** The chosen local candidate, for example host/udp. */
  path?: string;
  streams?: StreamStats[];
}

export type ClientMessage =
  | Subscribe
  | { type: "mute"; track?: string; source?: Source; muted: boolean }
  | { type: "chat"; text: string; to?: string }
  | { type: "hand"; raised: boolean }
  | { type: "reaction"; reaction: string }
  | { type: "moderate"; action: "mute" | "remove"; participant: string; track?: string }
  | { type: "metadata"; name?: string; metadata?: string }
  | StatsMessage
  | { type: "ping"; id: number };

export const channelLabel = "eventmeet";
export const channelProtocol = "eventmeet.v1";
/** A message is at most this many bytes of UTF-8. */
export const maxMessageBytes = 16_384;

const requiredMembers: Record<ServerMessage["type"], Record<string, (value: unknown) => boolean>> = {
  welcome: {
    self: isObject,
    grants: isObject,
    room: isObject,
    participants: isListOf(isParticipant),
    slots: isListOf(isSlot),
    recording: (recording) => isObject(recording) && isListOf(isRecording)(recording["recordings"]),
  },
  joined: { participant: isParticipant },
  left: { participant: isText, reason: isText },
  updated: { participant: isParticipant },
  tracks: { participant: isText, tracks: isListOf(isTrack) },
  slots: { slots: isListOf(isSlot) },
  speakers: { speakers: isListOf((speaker) => isObject(speaker) && isText(speaker["participant"])) },
  chat: { id: isText, from: isText, text: isText, at: isText },
  hand: { participant: isText },
  reaction: { participant: isText, reaction: isText },
  muted: { track: isText },
  removed: { reason: isText },
  recording: { recordings: isListOf(isRecording) },
  move: {},
  quality: { participants: isListOf((entry) => isObject(entry) && isText(entry["participant"])) },
  pong: {},
  error: { code: isText, message: isText },
};

/** Reads one message; undefined for what is not JSON, of an unknown type, or lacks what its type needs. */
export function readServerMessage(text: unknown): ServerMessage | undefined {
  if (typeof text !== "string") {
    return undefined;
  }
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(message) || !isText(message["type"]) || !Object.hasOwn(requiredMembers, message["type"])) {
    return undefined;
  }
  const needed = requiredMembers[message["type"] as ServerMessage["type"]];
  const complete = Object.entries(needed).every(([member, holds]) =>
    holds((message as Record<string, unknown>)[member]),
  );
  return complete ? (message as unknown as ServerMessage) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isListOf(holds: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(holds);
}

function isTrack(value: unknown): boolean {
  return isObject(value) && isText(value["id"]) && isText(value["source"]);
}

function isRecording(value: unknown): boolean {
  return isObject(value) && isText(value["id"]);
}

function isParticipant(value: unknown): boolean {
  return isObject(value) && isText(value["id"]) && isText(value["name"]) && isListOf(isTrack)(value["tracks"]);
}

function isSlot(value: unknown): boolean {
  return isObject(value) && isText(value["mid"]);
}
