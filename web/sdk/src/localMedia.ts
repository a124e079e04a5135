import type { Connection, Published } from "./connection.js";
import { JoinError } from "./joinError.js";
import { LocalSource } from "./localSource.js";
import type { ClientMessage, Source } from "./messages.js";
import { cameraEncodings, type JoinOptions } from "./options.js";
import { captureScreen, type ScreenShareOptions } from "./screenShare.js";
import type { TokenClaims } from "./token.js";

/** What local media needs from the meeting it belongs to. */
export interface LocalMediaHost {
  readonly connection: Connection | undefined;
  send(message: ClientMessage): boolean;
  changed(source: Source): void;
  complain(code: string, message: string): void;
}

/** Microphone, camera and screen of this page. They outlive connections; changes happen one after the other. */
export class LocalMedia {
  readonly microphone: LocalSource;
  readonly camera: LocalSource;
  screen: MediaStream | undefined;
  readonly #host: LocalMediaHost;
  readonly #claims: TokenClaims;
  readonly #options: JoinOptions;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(host: LocalMediaHost, claims: TokenClaims, options: JoinOptions) {
    this.#host = host;
    this.#claims = claims;
    this.#options = options;
    this.microphone = new LocalSource("microphone", options.audio ?? true, options.takeOverTracks === true);
    this.camera = new LocalSource("camera", options.video ?? true, options.takeOverTracks === true);
    for (const local of [this.microphone, this.camera]) {
      local.onEnded = (error) => this.#deviceLost(local, error);
    }
  }

  mayPublish(source: Source): boolean {
    const { canPublish, canPublishSources } = this.#claims;
    return canPublish && (canPublishSources === undefined || canPublishSources.includes(source));
  }

  /** Takes the devices that were asked for. */
  async open(): Promise<void> {
    for (const local of [this.microphone, this.camera]) {
      if (!this.mayPublish(local.source)) {
        local.mute();
      } else if (!local.muted) {
        await local.unmute();
      }
    }
  }

  /** The m-lines that an offer starts with: there also while muted, so that unmuting needs no new offer. */
  get published(): Published[] {
    const published: Published[] = [];
    if (this.mayPublish("microphone")) {
      published.push({ source: "microphone", kind: "audio", track: this.microphone.outgoing });
    }
    if (this.mayPublish("camera")) {
      const track = this.camera.outgoing;
      const encodings = cameraEncodings(this.#options, track?.getSettings());
      published.push({ source: "camera", kind: "video", track, encodings });
    }
    return published;
  }

  get publishedScreen(): Published[] {
    const picture = this.screen?.getVideoTracks()[0];
    const sound = this.mayPublish("screen_share_audio") ? this.screen?.getAudioTracks()[0] : undefined;
    return [
      ...(picture === undefined ? [] : [{ source: "screen_share", kind: "video", track: picture } as const]),
      ...(sound === undefined ? [] : [{ source: "screen_share_audio", kind: "audio", track: sound } as const]),
    ];
  }

  /** Brings a new connection up to what changed while it was made. */
  async catchUp(connection: Connection): Promise<void> {
    for (const local of [this.microphone, this.camera]) {
      if (connection.publishes(local.source)) {
        await connection.replaceTrack(local.source, local.outgoing);
        if (local.outgoing === null) {
          connection.send({ type: "mute", source: local.source, muted: true });
        }
      }
    }
  }

  switch(local: LocalSource, muted: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (muted) {
        local.mute();
      } else {
        this.#require(local.source);
        await local.unmute();
      }
      await this.#host.connection?.replaceTrack(local.source, local.outgoing);
      this.#host.send({ type: "mute", source: local.source, muted });
      this.#host.changed(local.source);
    });
  }

  choose(devices: { microphone?: string; camera?: string }): Promise<void> {
    return this.#inTurn(async () => {
      for (const local of [this.microphone, this.camera]) {
        const deviceId = devices[local.source];
        if (deviceId !== undefined) {
          await local.choose(deviceId);
          await this.#host.connection?.replaceTrack(local.source, local.outgoing);
          this.#host.changed(local.source);
        }
      }
    });
  }

  async share(options: ScreenShareOptions): Promise<void> {
    this.#require("screen_share");
    if (this.screen !== undefined) {
      return;
    }
    const screen = await captureScreen(options);
    await this.#inTurn(async () => {
      this.#dropScreen();
      this.screen = screen;
      screen.getVideoTracks()[0]?.addEventListener("ended", () => void this.stopSharing());
      try {
        await this.#host.connection?.publishScreen(this.publishedScreen);
      } catch (error) {
        this.#dropScreen();
        throw error;
      } finally {
        this.#host.changed("screen_share");
      }
    });
  }

  stopSharing(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.screen === undefined) {
        return;
      }
      this.#dropScreen();
      this.#host.changed("screen_share");
      try {
        await this.#host.connection?.unpublishScreen();
      } catch (error) {
        this.#host.complain("screenShare", error instanceof Error ? error.message : String(error));
      }
    });
  }

  close(): void {
    this.#isClosed = true;
    this.microphone.close();
    this.camera.close();
    this.#dropScreen();
  }

  #require(source: Source): void {
    if (!this.mayPublish(source)) {
      throw new JoinError("notAllowed", `This invitation does not allow the ${source.replace("_", " ")}.`);
    }
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(() => (this.#isClosed ? undefined : change()));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #deviceLost(local: LocalSource, error: JoinError): void {
    void this.#host.connection?.replaceTrack(local.source, null);
    this.#host.send({ type: "mute", source: local.source, muted: true });
    this.#host.changed(local.source);
    this.#host.complain(error.kind, `The ${local.source} was disconnected.`);
  }

  #dropScreen(): void {
    this.screen?.getTracks().forEach((track) => track.stop());
    this.screen = undefined;
  }
}
