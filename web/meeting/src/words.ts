import type { JoinErrorKind, RecordingState } from "@eventmeet/client";

export interface Explanation {
  title: string;
  /** What to do. */
  advice: string;
  /** Whether a button to try again makes sense. */
  canRetry: boolean;
}

/** What people read when a meeting cannot be joined or has ended. */
export const explanations: Readonly<Record<JoinErrorKind, Explanation>> = {
  aborted: { title: "Joining was cancelled", advice: "You can join again at any time.", canRetry: true },
  alreadyJoined: {
    title: "You are in this meeting elsewhere",
    advice:
      "The same invitation was opened in another window or on another device. Close that one, or join here instead.",
    canRetry: true,
  },
  connectionFailed: {
    title: "No media connection",
    advice:
      "Your network does not let sound and picture through. Try another network, or switch off a VPN, and join again.",
    canRetry: true,
  },
  deviceBusy: {
    title: "A device is in use",
    advice: "Another program holds your camera or microphone. Close it, or join without.",
    canRetry: true,
  },
  incompatible: {
    title: "This browser and the server do not understand each other",
    advice: "Update your browser and try again. If it stays, tell whoever invited you.",
    canRetry: true,
  },
  noCamera: { title: "No camera was found", advice: "Connect one, or join without.", canRetry: true },
  noMicrophone: { title: "No microphone was found", advice: "Connect one, or join without.", canRetry: true },
  noPermission: {
    title: "The browser does not allow camera or microphone",
    advice: "Allow them for this page in the address bar, or join without.",
    canRetry: true,
  },
  noServer: {
    title: "The meeting server cannot be reached",
    advice: "It may be back in a moment. Check your network and try again.",
    canRetry: true,
  },
  notAllowed: {
    title: "This invitation does not let you in",
    advice: "Ask whoever invited you for another link.",
    canRetry: false,
  },
  offline: { title: "You are offline", advice: "Connect to a network and try again.", canRetry: true },
  removed: {
    title: "You were removed from the meeting",
    advice: "A moderator ended your part of it.",
    canRetry: false,
  },
  roomEnded: { title: "The meeting is over", advice: "You can close this page.", canRetry: false },
  roomFull: {
    title: "The meeting is full",
    advice: "Everybody who fits is in. Try again when somebody has left.",
    canRetry: true,
  },
  roomNotFound: {
    title: "There is no such meeting",
    advice: "It may have been deleted. Ask whoever invited you for a new link.",
    canRetry: false,
  },
  roomNotOpen: {
    title: "The meeting has not begun",
    advice: "Come back at the time it is planned for.",
    canRetry: true,
  },
  tokenExpired: {
    title: "This invitation has expired",
    advice: "Links to meetings are valid for some time only. Ask whoever invited you for a new one.",
    canRetry: false,
  },
  tokenInvalid: {
    title: "This invitation is not valid",
    advice: "Open the whole link as you got it, or ask whoever invited you for a new one.",
    canRetry: false,
  },
  tooManyRequests: {
    title: "Too many tries",
    advice: "Wait a moment, then try again.",
    canRetry: true,
  },
  unsupported: {
    title: "This browser cannot take part",
    advice: "Use a current Chrome, Edge, Firefox or Safari, and open the page over HTTPS.",
    canRetry: false,
  },
};

export const missingToken: Explanation = {
  title: "This link is not complete",
  advice: "An invitation has a long part after the # sign, and it is missing here. Open the whole link as you got it.",
  canRetry: false,
};

export const leftByChoice: Explanation = {
  title: "You left the meeting",
  advice: "Camera and microphone are off. You can come back while the meeting lasts.",
  canRetry: true,
};

/** What stands beside the room's title while the meeting is recorded; empty while it is not. */
export function describeRecording({ active, paused, recordings }: RecordingState): string {
  if (!active) {
    return "";
  }
  const starters = [...new Set(recordings.map(({ startedBy }) => startedBy).filter((name) => name !== undefined))];
  const by = starters.length === 0 ? "" : `, started by ${starters.join(" and ")}`;
  return `${paused ? "Recording paused" : "Recording"}${by}`;
}

/** What a passing notice says; undefined when there is nothing new to say. */
export function recordingChange(before: RecordingState, after: RecordingState): string | undefined {
  if (before.active !== after.active) {
    return after.active ? "This meeting is being recorded" : "The recording has stopped";
  }
  if (before.paused !== after.paused) {
    return after.paused ? "The recording is paused" : "The recording goes on";
  }
  return undefined;
}

/** Up to two letters to stand for a face. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "");
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase() || "?";
}

/** A colour number, 0 to 359, the same for the same person everywhere. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const character of identity) {
    hash = (hash * 31 + character.codePointAt(0)!) % 1_000_003;
  }
  return (hash * 47) % 360;
}

export function clockOf(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? "" : at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
