/* What the SDK needs of a browser, without a network: a scripted server at the end of fetch and of the data channel. */

type Handler = ((event: never) => void) | null;

export class FakeTrack extends EventTarget {
  enabled = true;
  readyState: "live" | "ended" = "live";
  muted = true;
  contentHint = "";
  constructor(
    readonly kind: "audio" | "video",
    readonly id = `track-${++FakeTrack.count}`,
  ) {
    super();
  }
  static count = 0;
  stop(): void {
    this.readyState = "ended";
  }
  getSettings(): MediaTrackSettings {
    return { deviceId: `device-of-${this.kind}` };
  }
}

export class FakeStream {
  static count = 0;
  readonly id = `stream-${++FakeStream.count}`;
  constructor(private readonly tracks: FakeTrack[] = []) {}
  getTracks(): FakeTrack[] {
    return this.tracks;
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter((track) => track.kind === "audio");
  }
  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter((track) => track.kind === "video");
  }
}

export class FakeChannel {
  readyState: "connecting" | "open" | "closed" = "connecting";
  sent: Record<string, unknown>[] = [];
  onmessage: Handler = null;
  onclose: Handler = null;
  constructor(
    readonly label: string,
    readonly options: RTCDataChannelInit,
  ) {}
  send(text: string): void {
    const message = JSON.parse(text) as Record<string, unknown>;
    this.sent.push(message);
    if (message["type"] === "ping" && FakePeer.answersPings) {
      queueMicrotask(() => this.receive({ type: "pong", id: message["id"], at: "2026-01-01T00:00:00Z" }));
    }
  }
  receive(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) } as never);
  }
  ofType(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message["type"] === type);
  }
}

interface FakeTransceiver {
  mid: string | null;
  direction: string;
  kind: "audio" | "video";
  stream: string | undefined;
  sender: { track: FakeTrack | null; replaceTrack(track: FakeTrack | null): Promise<void> };
  receiver: { track: FakeTrack };
}

export class FakePeer {
  static made: FakePeer[] = [];
  static answersPings = true;
  static get last(): FakePeer {
    return FakePeer.made.at(-1)!;
  }

  connectionState = "new";
  iceConnectionState = "new";
  onconnectionstatechange: Handler = null;
  oniceconnectionstatechange: Handler = null;
  transceivers: FakeTransceiver[] = [];
  channel!: FakeChannel;
  configurations: RTCConfiguration[];
  steps: string[] = [];
  isClosed = false;

  constructor(configuration: RTCConfiguration) {
    this.configurations = [configuration];
    FakePeer.made.push(this);
  }

  addTransceiver(trackOrKind: FakeTrack | "audio" | "video", init: RTCRtpTransceiverInit): FakeTransceiver {
    const kind = typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind;
    const sender: FakeTransceiver["sender"] = {
      track: typeof trackOrKind === "string" ? null : trackOrKind,
      async replaceTrack(track) {
        sender.track = track;
      },
    };
    const transceiver: FakeTransceiver = {
      mid: null,
      direction: init.direction ?? "sendrecv",
      kind,
      stream: init.streams?.[0]?.id,
      sender,
      receiver: { track: new FakeTrack(kind) },
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  createDataChannel(label: string, options: RTCDataChannelInit): FakeChannel {
    this.channel = new FakeChannel(label, options);
    return this.channel;
  }

  async createOffer(): Promise<RTCSessionDescriptionInit> {
    this.steps.push("createOffer");
    const media = this.transceivers.map((transceiver, index) => {
      const msid = transceiver.direction === "sendonly" ? `a=msid:${transceiver.stream} x\r\n` : "";
      return `m=${transceiver.kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:${index}\r\na=${transceiver.direction}\r\n${msid}`;
    });
    return { type: "offer", sdp: `v=0\r\n${media.join("")}` };
  }

  async setLocalDescription(): Promise<void> {
    this.steps.push("setLocalDescription");
    this.transceivers.forEach((transceiver, index) => (transceiver.mid = String(index)));
  }

  async setRemoteDescription(answer: RTCSessionDescriptionInit): Promise<void> {
    this.steps.push(`setRemoteDescription ${answer.sdp}`);
    if (this.channel.readyState === "connecting") {
      FakePeer.onAnswered(this);
    }
  }

  /** What the server does with an answered connection; tests replace it. */
  static onAnswered: (peer: FakePeer) => void = () => undefined;

  setConfiguration(configuration: RTCConfiguration): void {
    this.steps.push("setConfiguration");
    this.configurations.push(configuration);
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  fail(): void {
    this.connectionState = "failed";
    this.onconnectionstatechange?.({} as never);
  }

  close(): void {
    this.isClosed = true;
    this.channel.readyState = "closed";
  }
}

export function welcomeFor(peer: FakePeer, change: Record<string, unknown> = {}): unknown {
  const slots = peer.transceivers.filter((transceiver) => transceiver.direction === "recvonly");
  return {
    type: "welcome",
    self: { session: "sess_1", participant: "p1" },
    grants: {
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      roomAdmin: false,
      hidden: false,
      canUpdateOwnMetadata: false,
    },
    room: { id: "room_1", name: "Daily" },
    participants: [person("p1", "Ada")],
    slots: slots.map((slot) => ({ mid: slot.mid })),
    recording: { active: false, paused: false, recordings: [] },
    ...change,
  };
}

export function person(id: string, name: string, change: Record<string, unknown> = {}): Record<string, unknown> {
  const tracks = [
    { id: `${id}-mic`, kind: "audio", source: "microphone", muted: false },
    { id: `${id}-cam`, kind: "video", source: "camera", muted: false },
  ];
  return { id, identity: name.toLowerCase(), name, joinedAt: "2026-01-01T00:00:00Z", tracks, ...change };
}

export function tokenWith(claims: Record<string, unknown>): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "HS256" })}.${encode(claims)}.c2lnbmF0dXJl`;
}

export interface Request {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** A server made of a function; keeps what it was asked. */
export class FakeServer {
  requests: Request[] = [];
  answer: (request: Request) => Response = (request) => created(request);

  readonly fetch = (async (url: string, init: RequestInit) => {
    const request = {
      method: init.method ?? "GET",
      url: String(url),
      headers: init.headers as Record<string, string>,
      body: String(init.body ?? ""),
    };
    this.requests.push(request);
    return this.answer(request);
  }) as typeof fetch;

  of(method: string): Request[] {
    return this.requests.filter((request) => request.method === method);
  }
}

let sessions = 0;

export function created(request: Request): Response {
  if (request.method === "DELETE") {
    return new Response(null, { status: 200 });
  }
  const headers = {
    Location: `/v1/sessions/sess_${++sessions}`,
    ETag: '"1"',
    Link: '<turn:turn.example:3478?transport=udp>; rel="ice-server"; username="u"; credential="c,;d"; credential-type="password"',
  };
  return new Response("v=0 answer", { status: request.method === "POST" ? 201 : 200, headers });
}

export function problem(status: number, body: Record<string, unknown>, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

/** Puts the fakes where the browser's own would be. */
export function installBrowser(): { devices: { calls: unknown[]; fail: Error | undefined; made: FakeTrack[] } } {
  const devices = { calls: [] as unknown[], fail: undefined as Error | undefined, made: [] as FakeTrack[] };
  const getUserMedia = async (wanted: Record<string, unknown>): Promise<FakeStream> => {
    devices.calls.push(wanted);
    if (devices.fail !== undefined) {
      throw devices.fail;
    }
    const track = new FakeTrack("audio" in wanted ? "audio" : "video");
    devices.made.push(track);
    return new FakeStream([track]);
  };
  const getDisplayMedia = async (): Promise<FakeStream> =>
    new FakeStream([new FakeTrack("video"), new FakeTrack("audio")]);
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  define("window", new EventTarget());
  define("navigator", { onLine: true, mediaDevices: { getUserMedia, getDisplayMedia } });
  define("MediaStream", FakeStream);
  define("RTCPeerConnection", FakePeer);
  define("RTCRtpReceiver", { getCapabilities: () => ({ codecs: [] }) });
  FakePeer.made = [];
  FakePeer.answersPings = true;
  FakePeer.onAnswered = (peer) => {
    peer.channel.readyState = "open";
    peer.connectionState = "connected";
    peer.channel.receive(welcomeFor(peer));
  };
  return { devices };
}
