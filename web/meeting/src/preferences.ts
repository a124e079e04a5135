/** What this browser remembers of the last meeting. Never the token. */
export interface Preferences {
  name?: string;
  microphone?: string;
  camera?: string;
  speaker?: string;
  isMicrophoneOff?: boolean;
  isCameraOff?: boolean;
  hasNoShortcuts?: boolean;
}

const key = "eventmeet.preferences";

export function readPreferences(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    return typeof stored === "object" && stored !== null ? stored : {};
  } catch {
    return {};
  }
}

export function rememberPreferences(change: Preferences): void {
  try {
    localStorage.setItem(key, JSON.stringify({ ...readPreferences(), ...change }));
  } catch {
    // Storage is blocked: the next meeting starts with the defaults.
  }
}
