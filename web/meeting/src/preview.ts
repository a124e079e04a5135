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

  /** Takes both with one question to the person. Where that fails each is tried alone, as far as it was not refused. */
  async turnBothOn(deviceIds: Partial<Record<Source, string>>): Promise<void> {
    const turns = { microphone: ++this.#latest.microphone, camera: ++this.#latest.camera };
    try {
      const stream = await getUserMedia({
        audio: constraintsOf("microphone", deviceIds.microphone),
        video: constraintsOf("camera", deviceIds.camera),
      });
      for (const track of stream.getTracks()) {
        const source = track.kind === "audio" ? "microphone" : "camera";
        this.#keep(source, track, turns[source]);
      }
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") {
        this.problems.microphone = this.problems.camera = mediaError(error, "devices");
      } else {
        await this.turnOn("microphone", deviceIds.microphone);
        await this.turnOn("camera", deviceIds.camera);
      }
    }
  }

  /** Takes a device; afterwards either the track or the problem is there. */
  async turnOn(source: Source, deviceId: string | undefined): Promise<void> {
    const turn = ++this.#latest[source];
    this.#drop(source);
    const track = await this.#capture(source, deviceId);
    this.#keep(source, track, turn);
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
    const constraints = constraintsOf(source, deviceId);
    const stream = await getUserMedia(source === "microphone" ? { audio: constraints } : { video: constraints });
    return stream.getTracks()[0];
  }

  /** A device that comes after the person changed their mind is let go. */
  #keep(source: Source, track: MediaStreamTrack | undefined, turn: number): void {
    if (turn === this.#latest[source]) {
      this.tracks[source] = track;
    } else {
      track?.stop();
    }
  }

  #drop(source: Source): void {
    this.tracks[source]?.stop();
    this.tracks[source] = undefined;
  }
}

function constraintsOf(source: Source, deviceId: string | undefined): MediaTrackConstraints {
  return deviceId === undefined ? wanted[source] : { ...wanted[source], deviceId: { exact: deviceId } };
}

function getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
  return navigator.mediaDevices === undefined
    ? Promise.reject(new DOMException("Media devices need HTTPS.", "SecurityError"))
    : navigator.mediaDevices.getUserMedia(constraints);
}
