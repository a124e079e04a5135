import { wait } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { JoinError } from "./joinError.js";
import { Liveness, type LivenessPolicy } from "./liveness.js";
import {
  channelLabel,
  channelProtocol,
  maxMessageBytes,
  readServerMessage,
  type ClientMessage,
  type Kind,
  type ServerMessage,
  type Source,
  type Welcome,
} from "./messages.js";
import { markSlides } from "./sdp.js";
import type { SessionEndpoint, SessionResource } from "./sessionEndpoint.js";

export interface Published {
  source: Source;
  kind: Kind;
  track: MediaStreamTrack | null;
  encodings?: RTCRtpEncodingParameters[];
}

export interface ConnectionPlan {
  publish: readonly Published[];
  /** The screen, when it is being shared already. */
  screen: readonly Published[];
  audioSlots: number;
  videoSlots: number;
  /** Names the m-lines that are a screen share; the same for the whole meeting. */
  screenStream: MediaStream;
  cameraStream: MediaStream;
  /** Put first among the codecs offered, for example VP8. */
  videoCodec: string | undefined;
  configuration: RTCConfiguration;
  liveness: LivenessPolicy;
  /** From the answer to the welcome. */
  connectTimeoutMs: number;
}

export type LostReason = "ice" | "silence" | "channel";

export interface ConnectionEvents {
  message: ServerMessage;
  /** Once, and only after open() has resolved. */
  lost: LostReason;
}

/** A welcome comes within a second. Without one, the server is asked this often whether the session still is. */
const lookIntoOpeningEveryMs = 1_500;

/** An unanswered POST is repeated with the same key this often before the attempt counts as failed. */
const postAttempts = 3;

/** One session: one RTCPeerConnection, its data channel and its HTTP resource. Never reused. */
export class Connection extends Emitter<ConnectionEvents> {
  readonly peer: RTCPeerConnection;
  readonly #endpoint: SessionEndpoint;
  readonly #plan: ConnectionPlan;
  readonly #channel: RTCDataChannel;
  readonly #liveness: Liveness;
  readonly #published = new Map<Source, RTCRtpTransceiver>();
  readonly #slots: RTCRtpTransceiver[] = [];
  readonly #abort = new AbortController();
  #session: SessionResource | undefined;
  #negotiating: Promise<void> = Promise.resolve();
  readonly #welcomed: Promise<Welcome>;
  #settle!: { resolve: (welcome: Welcome) => void; reject: (error: JoinError) => void };
  #phase: "opening" | "open" | "lost" | "closed" = "opening";

  constructor(endpoint: SessionEndpoint, plan: ConnectionPlan) {
    super();
    this.#endpoint = endpoint;
    this.#plan = plan;
    this.#welcomed = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#welcomed.catch(() => undefined);
    this.peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...plan.configuration });
    for (const published of plan.publish) {
      this.#addPublished(published);
    }
    this.#addSlots("audio", plan.audioSlots);
    this.#addSlots("video", plan.videoSlots);
    this.#channel = this.peer.createDataChannel(channelLabel, { ordered: true, protocol: channelProtocol });
    for (const published of plan.screen) {
      this.#addPublished(published);
    }
    this.#liveness = new Liveness(
      plan.liveness,
      (id) => this.send({ type: "ping", id }),
      () => void this.#lookInto(),
      () => this.#lose("silence"),
    );
    this.#channel.onmessage = (event) => this.#receive(event.data);
    this.#channel.onclose = () => this.#lose("channel");
    this.peer.onconnectionstatechange = () => this.#followPeer();
    this.peer.oniceconnectionstatechange = () => this.#followPeer();
  }

  /** Posts the offer and resolves with the channel's first message. Throws a JoinError and leaves nothing behind. */
  async open(signal: AbortSignal): Promise<Welcome> {
    const abort = (): void => this.#abort.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      await this.#start();
      return await this.#untilWelcome();
    } catch (error) {
      this.close();
      throw this.#asJoinError(error, signal);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** The receiving m-lines in the order of the offer. */
  get slotLines(): { kind: Kind; mid: string; track: MediaStreamTrack }[] {
    return this.#slots.map((transceiver) => ({
      kind: transceiver.receiver.track.kind as Kind,
      mid: transceiver.mid!,
      track: transceiver.receiver.track,
    }));
  }

  /** Resolves when media arrives in any slot, or after the time. */
  async receiving(withinMs: number): Promise<void> {
    const tracks = this.#slots.map((transceiver) => transceiver.receiver.track);
    if (tracks.length === 0 || tracks.some((track) => !track.muted)) {
      return;
    }
    const arrived = Promise.race(
      tracks.map(
        (track) => new Promise<void>((resolve) => track.addEventListener("unmute", () => resolve(), { once: true })),
      ),
    );
    await wait(withinMs, this.#abort.signal, arrived).catch(() => undefined);
  }

  publishes(source: Source): boolean {
    return this.#published.has(source);
  }

  /** Changes what is sent without a new offer. */
  async replaceTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    await this.#published.get(source)?.sender.replaceTrack(track);
  }

  /** Publishes the screen by the next offer of this session. */
  async publishScreen(screen: readonly Published[]): Promise<void> {
    for (const published of screen) {
      const before = this.#published.get(published.source);
      if (before === undefined) {
        this.#addPublished(published);
      } else {
        await before.sender.replaceTrack(published.track);
        before.direction = "sendonly";
      }
    }
    await this.#negotiate();
  }

  /** Takes the screen's m-lines out of use; the next share uses them again. */
  async unpublishScreen(): Promise<void> {
    for (const source of ["screen_share", "screen_share_audio"] as const) {
      const transceiver = this.#published.get(source);
      if (transceiver !== undefined) {
        await transceiver.sender.replaceTrack(null);
        transceiver.direction = "inactive";
      }
    }
    await this.#negotiate();
  }

  /** False when the channel is not open or the message is too large. */
  send(message: ClientMessage): boolean {
    const text = JSON.stringify(message);
    if (this.#channel.readyState !== "open" || new TextEncoder().encode(text).length > maxMessageBytes) {
      return false;
    }
    try {
      this.#channel.send(text);
      return true;
    } catch {
      // The browser's send queue is full (16 MiB): the channel is as good as dead and liveness will say so.
      return false;
    }
  }

  get isUp(): boolean {
    return this.#phase === "open";
  }

  /** Frees everything and tells the server; resolves when it knows. Safe to call twice. */
  close(): Promise<void> {
    if (this.#phase === "closed") {
      return Promise.resolve();
    }
    this.#phase = "closed";
    this.#liveness.stop();
    this.#abort.abort();
    this.#settle.reject(new JoinError("aborted", "The connection was closed."));
    this.#channel.onmessage = this.#channel.onclose = null;
    this.peer.onconnectionstatechange = this.peer.oniceconnectionstatechange = null;
    const told = this.#session === undefined ? Promise.resolve() : this.#endpoint.remove(this.#session);
    this.peer.close();
    return told;
  }

  #addPublished({ source, kind, track, encodings }: Published): void {
    const isScreen = source === "screen_share" || source === "screen_share_audio";
    const transceiver = this.peer.addTransceiver(track ?? kind, {
      direction: "sendonly",
      streams: [isScreen ? this.#plan.screenStream : this.#plan.cameraStream],
      ...(encodings === undefined ? {} : { sendEncodings: encodings }),
    });
    if (kind === "video" && this.#plan.videoCodec !== undefined) {
      preferCodec(transceiver, this.#plan.videoCodec);
    }
    this.#published.set(source, transceiver);
  }

  #addSlots(kind: Kind, count: number): void {
    for (let index = 0; index < count; index++) {
      this.#slots.push(this.peer.addTransceiver(kind, { direction: "recvonly" }));
    }
  }

  /*
   * The offer is posted before it is applied: gathering starts only when it is applied, and by then the answer's Link
   * headers have told the TURN servers. Nothing waits for candidates: the server learns them from the checks.
   */
  async #start(): Promise<void> {
    const offer = await this.peer.createOffer();
    this.#session = await this.#post(this.#marked(offer));
    if (this.#phase === "closed") {
      await this.#endpoint.remove(this.#session);
      throw new JoinError("aborted", "The connection was closed.");
    }
    this.#useRelays(this.#session.iceServers);
    await this.#apply(offer, this.#session.answer);
  }

  #useRelays(relays: RTCIceServer[]): void {
    if (relays.length === 0) {
      return;
    }
    const { configuration } = this.#plan;
    const iceServers = [...(configuration.iceServers ?? []), ...relays];
    try {
      this.peer.setConfiguration({ bundlePolicy: "max-bundle", ...configuration, iceServers });
    } catch {
      // Browsers refuse relays that they do not like, for example at a blocked port. Most people need none.
    }
  }

  async #post(offer: string): Promise<SessionResource> {
    const key = randomKey();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#endpoint.create(offer, key, this.#abort.signal);
      } catch (error) {
        if (!(error instanceof JoinError) || error.kind !== "noServer" || attempt === postAttempts) {
          throw error;
        }
        await wait(error.retryAfterMs ?? 250 * attempt, this.#abort.signal);
      }
    }
  }

  /** One at a time: an offer made while another is under way would be for the wrong revision. */
  #negotiate(): Promise<void> {
    const turn = this.#negotiating.then(async () => {
      if (this.#session === undefined || this.#phase === "closed") {
        throw new JoinError("aborted", "The connection was closed.");
      }
      const offer = await this.peer.createOffer();
      await this.#endpoint.update(this.#session, this.#marked(offer), randomKey(), this.#abort.signal);
      await this.#apply(offer, this.#session.answer);
    });
    this.#negotiating = turn.catch(() => undefined);
    return turn;
  }

  async #apply(offer: RTCSessionDescriptionInit, answer: string): Promise<void> {
    try {
      await this.peer.setLocalDescription(offer);
      await this.peer.setRemoteDescription({ type: "answer", sdp: answer });
    } catch (cause) {
      throw new JoinError("incompatible", "The browser does not understand the server's answer.", { cause });
    }
  }

  #marked(offer: RTCSessionDescriptionInit): string {
    return markSlides(offer.sdp ?? "", this.#plan.screenStream.id);
  }

  async #untilWelcome(): Promise<Welcome> {
    const timer = setTimeout(() => this.#lose("silence"), this.#plan.connectTimeoutMs);
    const looks = setInterval(() => void this.#lookInto(), lookIntoOpeningEveryMs);
    const abort = (): void => this.#settle.reject(new JoinError("aborted", "The connection was closed."));
    this.#abort.signal.addEventListener("abort", abort, { once: true });
    try {
      return await this.#welcomed;
    } finally {
      clearTimeout(timer);
      clearInterval(looks);
    }
  }

  /** A media server that died says nothing, and neither do its packets; but the functions know when its place is taken. */
  async #lookInto(): Promise<void> {
    if (this.#session !== undefined && (await this.#endpoint.isGone(this.#session, this.#abort.signal))) {
      this.#lose("silence");
    }
  }

  #receive(data: unknown): void {
    this.#liveness.heard();
    const message = readServerMessage(data);
    if (message === undefined || message.type === "pong") {
      return;
    }
    if (this.#phase !== "opening") {
      this.emit("message", message);
    } else if (message.type === "welcome") {
      this.#phase = "open";
      this.#liveness.start();
      this.#settle.resolve(message);
    } else if (message.type === "removed") {
      this.#settle.reject(removedError(message.reason));
    }
  }

  #followPeer(): void {
    if (this.peer.connectionState === "failed" || this.peer.iceConnectionState === "failed") {
      this.#lose("ice");
    }
  }

  #lose(reason: LostReason): void {
    if (this.#phase === "opening") {
      this.#settle.reject(new JoinError("connectionFailed", "No media connection to the server came about."));
    } else if (this.#phase === "open") {
      this.#phase = "lost";
      this.#liveness.stop();
      this.emit("lost", reason);
    }
  }

  #asJoinError(error: unknown, signal: AbortSignal): JoinError {
    if (signal.aborted) {
      return new JoinError("aborted", "Joining was cancelled.", { cause: error });
    }
    return error instanceof JoinError
      ? error
      : new JoinError("unsupported", "This browser cannot set up the meeting.", { cause: error });
  }
}

/** What it means for the meeting that the server put us out. */
export function removedError(reason: string): JoinError {
  switch (reason) {
    case "roomEnded":
    case "ended":
      return new JoinError("roomEnded", "The meeting is over.");
    case "tokenExpired":
      return new JoinError("tokenExpired", "The time of this invitation is over.");
    case "replaced":
      return new JoinError("alreadyJoined", "You joined this meeting from another place.");
    default:
      return new JoinError("removed", "You were removed from the meeting.");
  }
}

/** The whole list in another order: a part of it would leave dangling feedback lines in Firefox's offers. */
function preferCodec(transceiver: RTCRtpTransceiver, name: string): void {
  const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [];
  const isWanted = (codec: { mimeType: string }): boolean =>
    codec.mimeType.toLowerCase() === `video/${name.toLowerCase()}`;
  if (codecs.some(isWanted) && "setCodecPreferences" in transceiver) {
    transceiver.setCodecPreferences([...codecs.filter(isWanted), ...codecs.filter((codec) => !isWanted(codec))]);
  }
}

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
