import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { join, JoinError, type ConnectionChange, type JoinOptions, type Meeting } from "../src/index.js";
import {
  created,
  FakePeer,
  FakeServer,
  FakeTrack,
  installBrowser,
  person,
  problem,
  tokenWith,
  welcomeFor,
} from "./fakes.js";

const token = tokenWith({ sub: "ada", name: "Ada", exp: 4e9, video: { room: "daily stand-up", roomJoin: true } });
let server: FakeServer;
let browser: ReturnType<typeof installBrowser>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  browser = installBrowser();
  server = new FakeServer();
});

afterEach(() => vi.useRealTimers());

function joinHere(options: JoinOptions = {}, withToken = token): Promise<Meeting> {
  return join("https://meet.example", withToken, { playAudio: false, fetch: server.fetch, ...options });
}

function statesOf(meeting: Meeting): ConnectionChange[] {
  const changes: ConnectionChange[] = [];
  meeting.on("connection", (change) => changes.push(change));
  return changes;
}

const sentKinds = (type: string) => FakePeer.last.channel.ofType(type);

describe("joining", () => {
  it("posts one offer with camera, microphone, slots and the channel", async () => {
    const meeting = await joinHere({ audioSlots: 2, videoSlots: 4 });
    const [post] = server.requests;
    expect(post).toMatchObject({ method: "POST", url: "https://meet.example/v1/rooms/daily%20stand-up/sessions" });
    expect(post!.headers).toMatchObject({ "Content-Type": "application/sdp", Authorization: `Bearer ${token}` });
    expect(post!.headers["Idempotency-Key"]).toMatch(/^[0-9a-f]{32}$/);
    const lines = FakePeer.last.transceivers.map(({ kind, direction }) => `${kind} ${direction}`);
    expect(lines).toEqual([
      "audio sendonly",
      "video sendonly",
      ...Array(2).fill("audio recvonly"),
      ...Array(4).fill("video recvonly"),
    ]);
    expect(FakePeer.last.channel).toMatchObject({
      label: "eventmeet",
      options: { ordered: true, protocol: "eventmeet.v1" },
    });
    expect(meeting.state).toBe("connected");
    expect(meeting.self?.name).toBe("Ada");
  });

  it("knows the TURN servers before it starts to gather", async () => {
    await joinHere();
    expect(FakePeer.last.steps).toEqual([
      "createOffer",
      "setConfiguration",
      "setLocalDescription",
      "setRemoteDescription v=0 answer",
    ]);
    expect(FakePeer.last.configurations.at(-1)).toMatchObject({ iceServers: [{ username: "u", credential: "c,;d" }] });
  });

  it("repeats an unanswered POST with the same key and offer", async () => {
    let calls = 0;
    server.answer = (request) => {
      if (++calls === 1) {
        throw new TypeError("Failed to fetch");
      }
      return created(request);
    };
    const joining = joinHere();
    await vi.advanceTimersByTimeAsync(1000);
    await joining;
    const [first, second] = server.of("POST");
    expect(second).toEqual(first);
    expect(FakePeer.made).toHaveLength(1);
  });

  it("fails for good with the server's words and lets the devices go", async () => {
    server.answer = () => problem(401, { type: "urn:eventmeet:problem:token-expired", detail: "Ask for a new link." });
    await expect(joinHere()).rejects.toMatchObject({ kind: "tokenExpired", message: "Ask for a new link." });
    expect(browser.devices.made.map(({ readyState }) => readyState)).toEqual(["ended", "ended"]);
    expect(server.requests).toHaveLength(1);
  });

  it("gives up after the time when no server answers", async () => {
    server.answer = () => problem(503, {});
    const joining = expect(joinHere()).rejects.toMatchObject({ kind: "noServer" });
    await vi.advanceTimersByTimeAsync(20_000);
    await joining;
    expect(FakePeer.made.every((peer) => peer.isClosed)).toBe(true);
  });

  it("tries again when the media connection does not come about, and deletes what it made", async () => {
    const answered = FakePeer.onAnswered;
    FakePeer.onAnswered = (peer) => (FakePeer.made.length === 1 ? undefined : answered(peer));
    const joining = joinHere();
    await vi.advanceTimersByTimeAsync(10_000);
    await joining;
    expect(FakePeer.made).toHaveLength(2);
    expect(server.of("DELETE")).toHaveLength(1);
  });

  it("can be cancelled at any time", async () => {
    FakePeer.onAnswered = () => undefined;
    const abort = new AbortController();
    const joining = expect(joinHere({ signal: abort.signal })).rejects.toMatchObject({ kind: "aborted" });
    await vi.advanceTimersByTimeAsync(100);
    abort.abort();
    await joining;
    expect(FakePeer.last.isClosed).toBe(true);
    await expect(joinHere({ signal: abort.signal })).rejects.toMatchObject({ kind: "aborted" });
  });

  it.each([
    ["NotAllowedError", "noPermission"],
    ["NotFoundError", "noMicrophone"],
  ])("says %s as %s before it posts anything", async (name, kind) => {
    browser.devices.fail = new DOMException("", name);
    await expect(joinHere()).rejects.toMatchObject({ kind });
    expect(server.requests).toEqual([]);
  });

  it("works without devices and says so to the others", async () => {
    await joinHere({ audio: false, video: false });
    expect(browser.devices.calls).toEqual([]);
    expect(sentKinds("mute")).toEqual([
      { type: "mute", source: "microphone", muted: true },
      { type: "mute", source: "camera", muted: true },
    ]);
  });

  it("offers only what the token allows", async () => {
    await joinHere({}, tokenWith({ video: { room: "r", canPublishSources: ["microphone"] } }));
    expect(
      FakePeer.last.transceivers.filter(({ direction }) => direction === "sendonly").map(({ kind }) => kind),
    ).toEqual(["audio"]);
    await joinHere({}, tokenWith({ video: { room: "r", canPublish: false } }));
    expect(FakePeer.last.transceivers.every(({ direction }) => direction === "recvonly")).toBe(true);
    await joinHere({}, tokenWith({ video: { room: "r", canSubscribe: false } }));
    expect(FakePeer.last.transceivers.every(({ direction }) => direction === "sendonly")).toBe(true);
  });
});

describe("in the meeting", () => {
  it("turns messages into events and state", async () => {
    const meeting = await joinHere();
    const seen: string[] = [];
    for (const name of [
      "joined",
      "left",
      "updated",
      "slots",
      "speakers",
      "chat",
      "hand",
      "reaction",
      "recording",
      "quality",
      "error",
    ] as const) {
      meeting.on(name, () => seen.push(name));
    }
    const say = (message: unknown): void => FakePeer.last.channel.receive(message);
    const ben = person("p2", "Ben");
    const mid = meeting.slots.video[0]!.mid!;
    say({ type: "joined", participant: ben });
    say({ type: "slots", slots: [{ mid, participant: "p2", track: "p2-cam", source: "camera" }] });
    expect(meeting.slots.carrying("p2", "camera")).toBe(meeting.slots.video[0]);
    say({ type: "tracks", participant: "p2", tracks: [] });
    expect(meeting.participant("p2")?.tracks).toEqual([]);
    say({ type: "speakers", speakers: [{ participant: "p2", level: 1 }], dominant: "p2" });
    expect(meeting.dominant).toBe("p2");
    say({ type: "chat", id: "c1", from: "p2", text: "hi", at: "2026-01-01T00:00:00Z" });
    expect(meeting.chat.map(({ text }) => text)).toEqual(["hi"]);
    say({ type: "hand", participant: "p2", raised: true });
    say({ type: "reaction", participant: "p2", reaction: "👏" });
    const recording = { active: true, paused: false, recordings: [{ id: "rec_1", paused: false, startedBy: "Ada" }] };
    say({ type: "recording", ...recording });
    say({ type: "recording", ...recording });
    expect([meeting.isRecording, meeting.recording]).toEqual([true, recording]);
    say({ type: "quality", participants: [{ participant: "p2", score: 2 }] });
    say({ type: "error", code: "notAllowed", message: "No." });
    say({ type: "left", participant: "p2", reason: "left" });
    say({ type: "from the future" });
    say("not JSON");
    expect(seen).toEqual([
      "joined",
      "slots",
      "updated",
      "speakers",
      "chat",
      "updated",
      "hand",
      "reaction",
      "recording",
      "quality",
      "error",
      "slots",
      "left",
    ]);
    expect(meeting.slots.video[0]!.isEmpty).toBe(true);
  });

  it("mutes the microphone by silence and keeps the device, but lets the camera go", async () => {
    const meeting = await joinHere();
    const [microphone, camera] = browser.devices.made;
    await meeting.muteMicrophone();
    await meeting.muteCamera();
    expect(microphone).toMatchObject({ enabled: false, readyState: "live" });
    expect(camera!.readyState).toBe("ended");
    expect(FakePeer.last.transceivers.slice(0, 2).map(({ sender }) => sender.track)).toEqual([null, null]);
    await meeting.unmuteMicrophone();
    await meeting.unmuteCamera();
    expect(FakePeer.last.transceivers[0]!.sender.track).toBe(microphone);
    expect(FakePeer.last.transceivers[1]!.sender.track).toBe(browser.devices.made[2]);
    expect(sentKinds("mute").map(({ source, muted }) => [source, muted])).toEqual([
      ["microphone", true],
      ["camera", true],
      ["microphone", false],
      ["camera", false],
    ]);
  });

  it("obeys a moderator's mute and says who it was", async () => {
    const meeting = await joinHere();
    const muted = new Promise((resolve) => meeting.on("muted", resolve));
    FakePeer.last.channel.receive({ type: "muted", track: "p1-mic", by: "p2" });
    expect(await muted).toEqual({ source: "microphone", by: "p2" });
    expect(meeting.microphone.muted).toBe(true);
  });

  it("says when a device is unplugged", async () => {
    const meeting = await joinHere();
    const complaints: unknown[] = [];
    meeting.on("error", (error) => complaints.push(error));
    browser.devices.made[1]!.dispatchEvent(new Event("ended"));
    expect(complaints).toEqual([{ code: "noCamera", message: "The camera was disconnected." }]);
    expect(meeting.camera.muted).toBe(true);
  });

  it("shares the screen by the next offer of the same session, marked as slides", async () => {
    const meeting = await joinHere();
    server.answer = (request) =>
      new Response(`v=0 answer ${server.of("PATCH").length}`, {
        status: 200,
        headers: { ETag: `"${request.headers["If-Match"]}+"` },
      });
    await meeting.shareScreen();
    const [patch] = server.of("PATCH");
    expect(patch!.headers).toMatchObject({ "Content-Type": "application/sdp", "If-Match": '"1"' });
    expect(patch!.body.match(/a=content:slides/g)).toHaveLength(2);
    expect(FakePeer.last.steps.at(-1)).toBe("setRemoteDescription v=0 answer 1");
    await meeting.stopSharing();
    expect(server.of("PATCH")[1]!.headers["If-Match"]).toBe('""1"+"');
    expect(FakePeer.last.transceivers.slice(-2).map(({ direction }) => direction)).toEqual(["inactive", "inactive"]);
    const lines = FakePeer.last.transceivers.length;
    await meeting.shareScreen();
    expect(FakePeer.last.transceivers).toHaveLength(lines);
  });

  it("lets the screen go when the server refuses it", async () => {
    const meeting = await joinHere();
    server.answer = () => problem(403, { detail: "Not in this room." });
    await expect(meeting.shareScreen()).rejects.toMatchObject({ kind: "notAllowed" });
    expect(meeting.screen).toBeUndefined();
  });

  it("ends with a DELETE that outlives the page", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    window.dispatchEvent(new Event("pagehide"));
    expect(server.of("DELETE")).toHaveLength(1);
    expect(changes).toEqual([{ state: "disconnected" }]);
    expect(browser.devices.made.every(({ readyState }) => readyState === "ended")).toBe(true);
    await meeting.leave();
    expect(server.of("DELETE")).toHaveLength(1);
  });

  it("ends with a reason when the server puts us out", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    FakePeer.last.channel.receive({ type: "removed", reason: "roomEnded" });
    expect(changes.map(({ state, error }) => [state, error?.kind])).toEqual([["disconnected", "roomEnded"]]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakePeer.made).toHaveLength(1);
  });

  it("keeps going when a listener throws", async () => {
    const meeting = await joinHere();
    const uncaught = vi.spyOn(globalThis, "queueMicrotask").mockImplementation(() => undefined);
    meeting.on("chat", () => {
      throw new Error("listener");
    });
    const heard = vi.fn();
    meeting.on("chat", heard);
    FakePeer.last.channel.receive({ type: "chat", id: "c", from: "p1", text: "t", at: "" });
    expect(heard).toHaveBeenCalledOnce();
    expect(uncaught).toHaveBeenCalledOnce();
  });
});

describe("a lost connection", () => {
  it("is noticed after five silent seconds", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(changes).toEqual([]);
    expect(sentKinds("ping").length).toBeGreaterThan(14);
    FakePeer.answersPings = false;
    FakePeer.onAnswered = () => undefined;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(changes).toEqual([]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(changes[0]).toMatchObject({ state: "reconnecting", attempt: 1, error: { kind: "connectionFailed" } });
  });

  it("is noticed within two seconds of silence when the server says that the session is gone", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    FakePeer.answersPings = false;
    server.answer = (request) =>
      request.method === "GET" ? problem(404, { type: "urn:eventmeet:problem:session-not-found" }) : created(request);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(changes.map(({ state }) => state)).toEqual(["reconnecting", "connected"]);
  });

  it("is not believed lost because the server cannot be asked", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    FakePeer.answersPings = false;
    server.answer = (request) => (request.method === "GET" ? problem(503, {}) : created(request));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(changes).toEqual([]);
    expect(server.of("GET").length).toBeGreaterThan(0);
  });

  it("is made again at once with the same tracks, mutes, subscriptions and hand", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    await meeting.muteMicrophone();
    meeting.raiseHand(true);
    meeting.subscribe(meeting.slots.video[1]!, { height: 360 });
    const camera = browser.devices.made[1];
    const before = meeting.slots.video[1]!.track;
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(changes.map(({ state }) => state)).toEqual(["reconnecting", "connected"]);
    expect(FakePeer.made).toHaveLength(2);
    expect(FakePeer.made[0]!.isClosed).toBe(true);
    expect(FakePeer.last.transceivers[1]!.sender.track).toBe(camera);
    expect(meeting.slots.video[1]!.track).not.toBe(before);
    expect(sentKinds("mute")).toEqual([{ type: "mute", source: "microphone", muted: true }]);
    expect(sentKinds("subscribe")).toEqual([
      { type: "subscribe", mid: meeting.slots.video[1]!.mid, auto: true, height: 360 },
    ]);
    expect(sentKinds("hand")).toEqual([{ type: "hand", raised: true }]);
  });

  it("backs off, tells each attempt, and ends with the last reason", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    server.answer = () => problem(503, { detail: "Full." });
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(120_000);
    const delays = changes.filter(({ state }) => state === "reconnecting").map(({ retryInMs }) => retryInMs);
    expect(delays.slice(0, 7)).toEqual([0, 225, 450, 900, 1800, 3600, 3750]);
    expect(changes.at(-1)).toMatchObject({ state: "disconnected", error: { kind: "noServer", message: "Full." } });
    expect(meeting.state).toBe("disconnected");
  });

  it("waits as long as the server asks", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    server.answer = () => problem(429, {}, { "Retry-After": "7" });
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(1000);
    expect(changes.at(-1)).toMatchObject({ attempt: 2, retryInMs: 7000 });
  });

  it("comes back as soon as the network does", async () => {
    const meeting = await joinHere();
    server.answer = () => problem(429, {}, { "Retry-After": "50" });
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(1000);
    server.answer = (request) => created(request);
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect(meeting.state).toBe("connected");
  });

  it("ends at once when the room is over", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    server.answer = () => problem(410, {});
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(changes.map(({ state, error }) => [state, error?.kind]).at(-1)).toEqual(["disconnected", "roomEnded"]);
    expect(meeting.camera.track).toBeNull();
  });

  it("asks once for a fresh token when the old one ran out", async () => {
    const fresh = tokenWith({ video: { room: "daily stand-up" }, exp: 5e9 });
    const refreshToken = vi.fn(async () => fresh);
    const meeting = await joinHere({ refreshToken });
    server.answer = (request) =>
      request.headers["Authorization"] === `Bearer ${fresh}`
        ? created(request)
        : problem(401, { type: "urn:eventmeet:problem:token-expired" });
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(5000);
    expect(meeting.state).toBe("connected");
    expect(refreshToken).toHaveBeenCalledOnce();
  });

  it("says who came and went meanwhile", async () => {
    const meeting = await joinHere();
    FakePeer.last.channel.receive({ type: "joined", participant: person("p2", "Ben") });
    const seen: unknown[] = [];
    meeting.on("joined", ({ id }) => seen.push(["joined", id]));
    meeting.on("left", ({ participant, reason }) => seen.push(["left", participant.id, reason]));
    const answered = FakePeer.onAnswered;
    FakePeer.onAnswered = (peer) => {
      answered(peer);
      peer.channel.receive(welcomeFor(peer));
    };
    FakePeer.onAnswered = (peer) => {
      peer.channel.readyState = "open";
      peer.channel.receive(welcomeFor(peer, { participants: [person("p1", "Ada"), person("p3", "Cleo")] }));
    };
    FakePeer.last.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([
      ["left", "p2", "lost"],
      ["joined", "p3"],
    ]);
  });
});

describe("a move", () => {
  it("has the new session up and receiving before it closes the old one", async () => {
    const meeting = await joinHere();
    const changes = statesOf(meeting);
    const [old] = FakePeer.made;
    old!.channel.receive({ type: "move", reason: "drain" });
    await vi.advanceTimersByTimeAsync(100);
    const next = FakePeer.last;
    expect(next).not.toBe(old);
    expect(old!.isClosed).toBe(false);
    next.channel.receive({ type: "chat", id: "early", from: "p1", text: "early", at: "" });
    old!.channel.receive({ type: "removed", reason: "replaced" });
    const receiver = next.transceivers.at(-1)!.receiver.track as FakeTrack;
    receiver.dispatchEvent(new Event("unmute"));
    await vi.advanceTimersByTimeAsync(0);
    expect(old!.isClosed).toBe(true);
    expect(meeting.state).toBe("connected");
    expect(changes.map(({ state }) => state)).toEqual(["connected"]);
    expect(meeting.peerConnection).toBe(next as never);
    expect(meeting.chat.map(({ text }) => text)).toEqual(["early"]);
  });

  it("that fails leaves the old session in use, and a later loss is an ordinary one", async () => {
    const meeting = await joinHere();
    server.answer = () => problem(403, {});
    FakePeer.made[0]!.channel.receive({ type: "move", reason: "drain" });
    await vi.advanceTimersByTimeAsync(100);
    expect(meeting.state).toBe("connected");
    expect(FakePeer.made[0]!.isClosed).toBe(false);
    server.answer = (request) => created(request);
    FakePeer.made[0]!.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(meeting.state).toBe("connected");
    expect(meeting.peerConnection).toBe(FakePeer.last as never);
  });
});

it("JoinError says whether trying again may help", () => {
  expect(new JoinError("noServer", "").isPassing).toBe(true);
  expect(new JoinError("tokenInvalid", "").isPassing).toBe(false);
});
