import { mediaError, type JoinError } from "./joinError.js";

/** What to send: true takes the default device; constraints choose one; a track is sent as it is. */
export type Capture = boolean | MediaTrackConstraints | MediaStreamTrack;

const defaults: Readonly<Record<"microphone" | "camera", MediaTrackConstraints>> = {
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
};

/** The microphone or the camera: its track, and whether people should hear or see it. Outlives connections. */
export class LocalSource {
  readonly source: "microphone" | "camera";
  /** Null while the device is not held. */
  track: MediaStreamTrack | null = null;
  muted: boolean;
  #constraints: MediaTrackConstraints;
  /** False for a track that the caller made and keeps: it is disabled, never stopped. */
  #isOurs = true;
  #onEnded: ((error: JoinError) => void) | undefined;

  constructor(source: "microphone" | "camera", capture: Capture, takeOver: boolean) {
    this.source = source;
    this.muted = capture === false;
    this.#constraints = defaults[source];
    if (typeof capture === "object" && isTrack(capture)) {
      this.#isOurs = takeOver;
      this.#constraints = { ...defaults[source], ...deviceOf(capture) };
      this.#hold(capture);
      this.muted = !capture.enabled;
    } else if (typeof capture === "object") {
      this.#constraints = { ...defaults[source], ...capture };
    }
  }

  /** Called when the device goes away while it is in use. */
  set onEnded(listener: (error: JoinError) => void) {
    this.#onEnded = listener;
  }

  /** What a sender should carry now. */
  get outgoing(): MediaStreamTrack | null {
    return this.muted ? null : this.track;
  }

  /** The device whose track this is or will be. */
  get deviceId(): string | undefined {
    const wanted = this.#constraints.deviceId;
    return (
      this.track?.getSettings().deviceId ??
      (typeof wanted === "object" && "exact" in wanted ? String(wanted.exact) : undefined)
    );
  }

  async unmute(): Promise<void> {
    if (this.track === null || this.track.readyState === "ended") {
      this.#hold(await capture(this.source, this.#constraints));
    }
    this.track!.enabled = true;
    this.muted = false;
  }

  /** A muted camera is let go, so that its light goes out; a microphone is kept for a quick return. */
  mute(): void {
    this.muted = true;
    if (this.track === null) {
      return;
    }
    this.track.enabled = false;
    if (this.source === "camera" && this.#isOurs) {
      this.#letGo();
    }
  }

  /** Changes the device; while muted only the choice is kept. */
  async choose(deviceId: string): Promise<void> {
    const constraints = { ...this.#constraints, deviceId: { exact: deviceId } };
    if (!this.muted) {
      const track = await capture(this.source, constraints);
      this.#letGo();
      this.#isOurs = true;
      this.#hold(track);
    } else {
      this.#letGo();
      this.#isOurs = true;
    }
    this.#constraints = constraints;
  }

  close(): void {
    this.#onEnded = undefined;
    if (this.#isOurs) {
      this.#letGo();
    }
  }

  #hold(track: MediaStreamTrack): void {
    this.track = track;
    if (this.source === "camera" && "contentHint" in track && track.contentHint === "") {
      track.contentHint = "motion";
    }
    track.addEventListener("ended", () => {
      if (this.track === track) {
        this.track = null;
        this.muted = true;
        this.#onEnded?.(mediaError(undefined, this.source));
      }
    });
  }

  #letGo(): void {
    const track = this.track;
    this.track = null;
    if (this.#isOurs) {
      track?.stop();
    }
  }
}

/** Asks for one device. Throws a JoinError: noCamera, noMicrophone, noPermission or deviceBusy. */
async function capture(source: "microphone" | "camera", constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
  if (globalThis.navigator?.mediaDevices === undefined) {
    throw mediaError(new DOMException("Media devices need HTTPS.", "SecurityError"), source);
  }
  try {
    const wanted = source === "microphone" ? { audio: constraints } : { video: constraints };
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    return stream.getTracks()[0]!;
  } catch (error) {
    throw mediaError(error, source);
  }
}

function isTrack(capture: MediaTrackConstraints | MediaStreamTrack): capture is MediaStreamTrack {
  return "kind" in capture && "readyState" in capture;
}

function deviceOf(track: MediaStreamTrack): MediaTrackConstraints {
  const { deviceId } = track.getSettings();
  return deviceId === undefined || deviceId === "" ? {} : { deviceId: { exact: deviceId } };
}
