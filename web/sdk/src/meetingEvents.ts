import type { JoinError } from "./joinError.js";
import type { ChatMessage, Participant, RecordingState, Source, Speaker } from "./messages.js";
import type { RemoteSlot } from "./slotBook.js";

export type ConnectionState = "connecting" | "connected" | "reconnecting" | "disconnected";

export interface ConnectionChange {
  state: ConnectionState;
  /** While reconnecting: which attempt comes next, from 1, and in how many milliseconds. */
  attempt?: number;
  retryInMs?: number;
  /** Why: the last failure while reconnecting; the reason for the end, absent after leave(). */
  error?: JoinError;
}

export interface MeetingEvents {
  connection: ConnectionChange;
  joined: Participant;
  left: { participant: Participant; reason: string };
  /** A participant's name, metadata, hand or tracks changed. */
  updated: Participant;
  /** The slots that changed. */
  slots: RemoteSlot[];
  speakers: { speakers: Speaker[]; dominant: string | null };
  chat: ChatMessage;
  hand: { participant: string; raised: boolean };
  reaction: { participant: string; reaction: string };
  /** Somebody muted us. */
  muted: { source: Source; by?: string };
  /** We are out; connection follows with disconnected. */
  removed: { reason: string };
  /** A recording began, paused, went on or ended. */
  recording: RecordingState;
  /** How well participants are connected: 1 bad to 5 excellent. */
  quality: { participant: string; score: number }[];
  /** Our microphone, camera or screen changed. */
  local: { source: Source };
  /** Whether the browser refuses to play sound before a click or key press. */
  playback: { isBlocked: boolean };
  /** A device went away, or the server refused a message. The meeting goes on. */
  error: { code: string; message: string };
}
