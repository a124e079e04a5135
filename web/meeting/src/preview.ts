import { mediaError, type JoinError } from "@eventmeet/client";

type Source = "microphone" | "camera";

const wanted: Record<Source, MediaTrackConstraints> = {
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
};

/** The devices before one joins: each is taken and let go by itself, and failing is an ordinary result. */
export class Preview {
  readonly tracks: Record<Source, MediaStreamTrack | undefined> = { microphone: undefined, camera: undefined };
  readonly problems: Record<Source, JoinError | undefined> = { microphone: undefined, camera: undefined };
  #latest: Record<Source, number> = { microphone: 0, camera: 0 };

  /** Takes a device; afterwards either the track or the problem is there. */
  async turnOn(source: Source, deviceId: string | undefined): Promise<void> {
    const turn = ++this.#latest[source];
    this.#drop(source);
    const track = await this.#capture(source, deviceId);
    if (turn !== this.#latest[source]) {
      track?.stop();
    } else {
      this.tracks[source] = track;
    }
  }

  turnOff(source: Source): void {
    this.#latest[source]++;
    this.#drop(source);
  }

  /** Hands the tracks over: from now on they are somebody else's to stop. */
  handOver(): Record<Source, MediaStreamTrack | undefined> {
    const tracks = { ...this.tracks };
    this.#latest.microphone++;
    this.#latest.camera++;
    this.tracks.microphone = this.tracks.camera = undefined;
    return tracks;
  }

  close(): void {
    this.turnOff("microphone");
    this.turnOff("camera");
  }

  async #capture(source: Source, deviceId: string | undefined): Promise<MediaStreamTrack | undefined> {
    this.problems[source] = undefined;
    try {
      return await this.#ask(source, deviceId);
    } catch (error) {
      // The device of last time may be gone: any other is better than none.
      const isGone = error instanceof DOMException && error.name === "OverconstrainedError";
      if (deviceId !== undefined && isGone) {
        return this.#capture(source, undefined);
      }
      this.problems[source] = mediaError(error, source);
      return undefined;
    }
  }

  async #ask(source: Source, deviceId: string | undefined): Promise<MediaStreamTrack | undefined> {
    if (navigator.mediaDevices === undefined) {
      throw new DOMException("Media devices need HTTPS.", "SecurityError");
    }
    const constraints = deviceId === undefined ? wanted[source] : { ...wanted[source], deviceId: { exact: deviceId } };
    const stream = await navigator.mediaDevices.getUserMedia(
      source === "microphone" ? { audio: constraints } : { video: constraints },
    );
    return stream.getTracks()[0];
  }

  #drop(source: Source): void {
    this.tracks[source]?.stop();
    this.tracks[source] = undefined;
  }
}
