import { joinBackoff, reconnectBackoff, delayBefore, wait, type BackoffPolicy } from "./backoff.js";
import { Connection, removedError, type LostReason } from "./connection.js";
import { Emitter } from "./emitter.js";
import { JoinError } from "./joinError.js";
import { LiveRoom } from "./liveRoom.js";
import { defaultLiveness } from "./liveness.js";
import { LocalMedia } from "./localMedia.js";
import type { LocalSource } from "./localSource.js";
import type { ConnectionChange, ConnectionState, MeetingEvents } from "./meetingEvents.js";
import type {
  ChatMessage,
  ClientMessage,
  Grants,
  Participant,
  RecordingState,
  Room,
  ServerMessage,
  Speaker,
  Welcome,
} from "./messages.js";
import { slotCount, type JoinOptions } from "./options.js";
import { Playback } from "./playback.js";
import type { ScreenShareOptions } from "./screenShare.js";
import { SessionEndpoint } from "./sessionEndpoint.js";
import { SlotBook, subscribeMessage, type RemoteSlot, type SlotRequest } from "./slotBook.js";
import { StatsReport, type StatsEntry } from "./statsReport.js";
import { readToken, type TokenClaims } from "./token.js";

/** From the answer to the welcome. */
const connectTimeoutMs = 8_000;
const statsEveryMs = 10_000;
/** How long the old session is kept while the new one of a move has no picture yet. */
const moveOverlapMs = 2_000;

/** A room that this page is in. Made by join(). */
export class Meeting extends Emitter<MeetingEvents> {
  readonly claims: TokenClaims;
  readonly slots: SlotBook;
  readonly #options: JoinOptions;
  readonly #endpoint: SessionEndpoint;
  readonly #live: LiveRoom;
  readonly #local: LocalMedia;
  readonly #playback: Playback;
  readonly #lifetime = new AbortController();
  /** Names for the m-lines of camera and microphone, and of the screen; the same in every session. */
  readonly #cameraStream = new MediaStream();
  readonly #screenStream = new MediaStream();
  readonly #onPageHide = (): void => void this.leave();
  #state: ConnectionState = "connecting";
  #connection: Connection | undefined;
  #stats = new StatsReport();
  #statsTimer: ReturnType<typeof setInterval> | undefined;
  #isHandRaised = false;
  #isMoving = false;

  /** Use join(). */
  constructor(url: string, token: string, options: JoinOptions) {
    super();
    this.#options = options;
    this.claims = readToken(token);
    this.#endpoint = new SessionEndpoint(url, this.claims.room, token, options.fetch);
    const canHear = this.claims.canSubscribe;
    const audioSlots = canHear ? slotCount(options.audioSlots, 3, 16) : 0;
    const videoSlots = canHear ? slotCount(options.videoSlots, 9, 24) : 0;
    this.slots = new SlotBook(audioSlots, videoSlots);
    this.#live = new LiveRoom(this.slots, (name, payload) => this.emit(name, payload));
    this.#local = new LocalMedia(this.#localMediaHost(), this.claims, options);
    this.#playback = new Playback((isBlocked) => this.emit("playback", { isBlocked }));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get room(): Room | undefined {
    return this.#live.room;
  }

  /** What the server lets us do. */
  get grants(): Grants | undefined {
    return this.#live.grants;
  }

  get session(): string | undefined {
    return this.#live.session;
  }

  /** Everybody in the room, oneself included, in the order in which they came. */
  get participants(): Participant[] {
    return this.#live.roster.all;
  }

  get self(): Participant | undefined {
    return this.#live.self;
  }

  participant(id: string): Participant | undefined {
    return this.#live.roster.get(id);
  }

  get speakers(): readonly Speaker[] {
    return this.#live.speakers;
  }

  get dominant(): string | null {
    return this.#live.dominant;
  }

  get isRecording(): boolean {
    return this.#live.recording.active;
  }

  /** Who records, and whether it is paused. */
  get recording(): RecordingState {
    return this.#live.recording;
  }

  /** What was said since we came, at most 500 messages. */
  get chat(): readonly ChatMessage[] {
    return this.#live.chat;
  }

  get microphone(): LocalSource {
    return this.#local.microphone;
  }

  get camera(): LocalSource {
    return this.#local.camera;
  }

  /** Our own shared screen, while it is shared. */
  get screen(): MediaStream | undefined {
    return this.#local.screen;
  }

  get isPlaybackBlocked(): boolean {
    return this.#playback.isBlocked;
  }

  /** The browser's connection, for statistics. */
  get peerConnection(): RTCPeerConnection | undefined {
    return this.#connection?.peer;
  }

  /** For join() alone: takes the devices, posts the session, waits for the welcome. */
  async start(signal: AbortSignal | undefined): Promise<void> {
    const abort = (): void => this.#lifetime.abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (signal?.aborted === true) {
        throw new JoinError("aborted", "Joining was cancelled.");
      }
      await this.#local.open();
      await this.#establish(this.#options.joinBackoff ?? joinBackoff, "connecting");
      window.addEventListener("pagehide", this.#onPageHide);
      this.#statsTimer = setInterval(() => void this.#reportStats(), statsEveryMs);
    } catch (error) {
      this.#end(error as JoinError);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  muteMicrophone(): Promise<void> {
    return this.#local.switch(this.microphone, true);
  }

  /** Throws a JoinError (noMicrophone, noPermission, deviceBusy, notAllowed) when it cannot be had. */
  unmuteMicrophone(): Promise<void> {
    return this.#local.switch(this.microphone, false);
  }

  muteCamera(): Promise<void> {
    return this.#local.switch(this.camera, true);
  }

  /** Throws a JoinError (noCamera, noPermission, deviceBusy, notAllowed) when it cannot be had. */
  unmuteCamera(): Promise<void> {
    return this.#local.switch(this.camera, false);
  }

  /** Changes devices by their deviceId; each of them may be left out. */
  async setDevices(devices: { microphone?: string; camera?: string; speaker?: string }): Promise<void> {
    await this.#local.choose(devices);
    if (devices.speaker !== undefined) {
      await this.#playback.setSpeaker(devices.speaker);
    }
  }

  /** Shares a screen, window or tab; the person chooses. Throws a JoinError when they cancel or the server refuses. */
  shareScreen(options: ScreenShareOptions = {}): Promise<void> {
    return this.#local.share(options);
  }

  stopSharing(): Promise<void> {
    return this.#local.stopSharing();
  }

  /** Asks for what the slot shall carry; without participant the server chooses. Kept over reconnects. */
  subscribe(slot: RemoteSlot | string, request: SlotRequest | "auto" = "auto"): void {
    const target = typeof slot === "string" ? this.slots.of(slot) : slot;
    if (target === undefined) {
      throw new RangeError("This meeting has no such slot.");
    }
    target.request = request === "auto" ? {} : { ...request };
    if (target.mid !== undefined) {
      this.#send(subscribeMessage(target.mid, target.request));
    }
  }

  /** To everybody, or to one participant. False when there is no connection now. */
  sendChat(text: string, to?: string): boolean {
    return this.#send({ type: "chat", text, ...(to === undefined ? {} : { to }) });
  }

  raiseHand(raised: boolean): boolean {
    this.#isHandRaised = raised;
    return this.#send({ type: "hand", raised });
  }

  react(reaction: string): boolean {
    return this.#send({ type: "reaction", reaction });
  }

  setMetadata(change: { name?: string; metadata?: string }): boolean {
    return this.#send({ type: "metadata", ...change });
  }

  /** Needs roomAdmin. */
  muteParticipant(participant: string, track?: string): boolean {
    return this.#send({ type: "moderate", action: "mute", participant, ...(track === undefined ? {} : { track }) });
  }

  /** Needs roomAdmin. */
  removeParticipant(participant: string): boolean {
    return this.#send({ type: "moderate", action: "remove", participant });
  }

  /** Call from a click or key press after playback said that sound is blocked. */
  startPlayback(): Promise<void> {
    return this.#playback.start();
  }

  /** Used from the next request on. */
  setToken(token: string): void {
    this.#endpoint.token = token;
  }

  /** Ends our part: closes the session and lets the devices go. */
  async leave(): Promise<void> {
    await this.#end(undefined);
  }

  #localMediaHost(): ConstructorParameters<typeof LocalMedia>[0] {
    const connection = (): Connection | undefined => this.#connection;
    return {
      get connection() {
        return connection();
      },
      send: (message) => this.#send(message),
      changed: (source) => this.emit("local", { source }),
      complain: (code, message) => this.emit("error", { code, message }),
    };
  }

  /** Tries until a session is up, the policy gives up, or a refusal is for good. */
  async #establish(policy: BackoffPolicy, state: "connecting" | "reconnecting", why?: JoinError): Promise<void> {
    const startedAt = performance.now();
    let lastError = why;
    let hasFreshToken = false;
    for (let attempt = 0; ; attempt++) {
      const elapsedMs = performance.now() - startedAt;
      const planned = delayBefore(attempt, elapsedMs, policy);
      const retryInMs = Math.max(planned ?? 0, lastError?.retryAfterMs ?? 0);
      if (lastError !== undefined && (planned === undefined || elapsedMs + retryInMs > policy.giveUpAfterMs)) {
        throw lastError;
      }
      const details = state === "reconnecting" ? { attempt: attempt + 1, retryInMs } : {};
      this.#setState({ state, ...details, ...(lastError === undefined ? {} : { error: lastError }) });
      await this.#pause(retryInMs);
      const connection = this.#newConnection();
      try {
        await this.#adopt(connection, await connection.open(this.#lifetime.signal));
        return;
      } catch (error) {
        connection.close();
        lastError = error as JoinError;
      }
      if (lastError.kind === "tokenExpired" && this.#options.refreshToken !== undefined && !hasFreshToken) {
        hasFreshToken = true;
        this.#endpoint.token = await this.#options.refreshToken();
      } else if (!isWorthTrying(lastError, state)) {
        throw lastError;
      }
    }
  }

  /** Cut short by the network's return. */
  async #pause(ms: number): Promise<void> {
    if (ms === 0) {
      return;
    }
    const listening = new AbortController();
    const online = new Promise<void>((resolve) => {
      window.addEventListener("online", () => resolve(), { once: true, signal: listening.signal });
    });
    try {
      await wait(ms, this.#lifetime.signal, online);
    } catch (cause) {
      throw new JoinError("aborted", "The meeting was left.", { cause });
    } finally {
      listening.abort();
    }
  }

  #newConnection(): Connection {
    return new Connection(this.#endpoint, {
      publish: this.#local.published,
      screen: this.#local.publishedScreen,
      audioSlots: this.slots.audio.length,
      videoSlots: this.slots.video.length,
      screenStream: this.#screenStream,
      cameraStream: this.#cameraStream,
      videoCodec: this.#options.videoCodec,
      configuration: this.#options.rtcConfiguration ?? {},
      liveness: this.#options.liveness ?? defaultLiveness,
      connectTimeoutMs,
    });
  }

  /** Makes an open connection the meeting's one. */
  async #adopt(connection: Connection, welcome: Welcome): Promise<void> {
    this.#connection = connection;
    connection.on("message", (message) => this.#handle(connection, message));
    connection.on("lost", (reason) => void this.#lost(connection, reason));
    this.#stats = new StatsReport();
    this.slots.bind(connection.slotLines);
    if (this.#options.playAudio !== false) {
      this.#playback.attach(this.slots.audio);
    }
    this.#setState({ state: "connected" });
    this.#live.welcome(welcome);
    await this.#local.catchUp(connection);
    for (const request of this.slots.requests((id) => this.participant(id) !== undefined)) {
      connection.send(request);
    }
    if (this.#isHandRaised) {
      connection.send({ type: "hand", raised: true });
    }
  }

  async #lost(connection: Connection, reason: LostReason): Promise<void> {
    connection.close();
    if (connection !== this.#connection || this.#isMoving || this.#state !== "connected") {
      return;
    }
    const why = new JoinError("connectionFailed", lostWords[reason]);
    try {
      await this.#establish(this.#options.reconnectBackoff ?? reconnectBackoff, "reconnecting", why);
    } catch (failure) {
      this.#end(failure as JoinError);
    }
  }

  /** Make before break: the old session goes on until the new one has a picture. */
  async #move(old: Connection): Promise<void> {
    if (this.#isMoving) {
      return;
    }
    this.#isMoving = true;
    const next = this.#newConnection();
    const early: ServerMessage[] = [];
    const stop = next.on("message", (message) => early.push(message));
    try {
      const welcome = await next.open(this.#lifetime.signal);
      await next.receiving(moveOverlapMs);
      stop();
      await this.#adopt(next, welcome);
      early.forEach((message) => this.#handle(next, message));
      old.close();
    } catch {
      // The old session may still stand; when its server ends it, the ordinary reconnect follows.
      next.close();
    } finally {
      this.#isMoving = false;
    }
    if (this.#connection?.isUp === false) {
      await this.#lost(this.#connection, "channel");
    }
  }

  #handle(connection: Connection, message: ServerMessage): void {
    if (connection !== this.#connection || this.#state !== "connected") {
      return;
    }
    switch (message.type) {
      case "muted":
        void this.#muted(message.track, message.by);
        break;
      case "move":
        void this.#move(connection);
        break;
      case "removed":
        this.#removed(message.reason);
        break;
      default:
        this.#live.handle(message);
    }
  }

  async #muted(track: string, by: string | undefined): Promise<void> {
    const source = this.self?.tracks.find((own) => own.id === track)?.source ?? "microphone";
    if (source === "microphone") {
      await this.muteMicrophone();
    } else if (source === "camera") {
      await this.muteCamera();
    } else {
      await this.stopSharing();
    }
    this.emit("muted", { source, ...(by === undefined ? {} : { by }) });
  }

  #removed(reason: string): void {
    // Our own next session takes this one's place: that is what moving means.
    if (this.#isMoving && reason === "replaced") {
      return;
    }
    this.emit("removed", { reason });
    this.#end(removedError(reason));
  }

  async #reportStats(): Promise<void> {
    const connection = this.#connection;
    if (this.#state !== "connected" || connection === undefined) {
      return;
    }
    const entries: StatsEntry[] = [];
    (await connection.peer.getStats()).forEach((entry: StatsEntry) => entries.push(entry));
    this.#send(this.#stats.make(entries));
  }

  #send(message: ClientMessage): boolean {
    return this.#state === "connected" && this.#connection?.send(message) === true;
  }

  #setState(change: ConnectionChange): void {
    this.#state = change.state;
    this.emit("connection", change);
  }

  #end(error: JoinError | undefined): Promise<void> {
    if (this.#state === "disconnected") {
      return Promise.resolve();
    }
    clearInterval(this.#statsTimer);
    window.removeEventListener("pagehide", this.#onPageHide);
    const closed = this.#connection?.close() ?? Promise.resolve();
    this.#lifetime.abort();
    this.#local.close();
    this.#playback.close();
    this.#setState({ state: "disconnected", ...(error === undefined ? {} : { error }) });
    return closed;
  }
}

const lostWords: Readonly<Record<LostReason, string>> = {
  ice: "The media connection broke.",
  silence: "The server has not answered for some seconds.",
  channel: "The server closed the connection.",
};

/** A room that vanished with its server may be placed again in a moment: a reconnect believes a 404 only in the end. */
function isWorthTrying(error: JoinError, state: "connecting" | "reconnecting"): boolean {
  return error.isPassing || (state === "reconnecting" && error.kind === "roomNotFound");
}
