import { describe, expect, it } from "vitest";
import { delayBefore } from "../src/backoff.js";
import { mediaError } from "../src/joinError.js";
import { iceServersOf } from "../src/linkHeader.js";
import { readServerMessage } from "../src/messages.js";
import { cameraEncodings, slotCount } from "../src/options.js";
import { errorFromResponse, kindOf, retryAfter } from "../src/problem.js";
import { Roster } from "../src/roster.js";
import { markSlides } from "../src/sdp.js";
import { SlotBook, subscribeMessage } from "../src/slotBook.js";
import { StatsReport } from "../src/statsReport.js";
import { readToken } from "../src/token.js";
import { person, problem, tokenWith } from "./fakes.js";

const offer = [
  "v=0",
  "a=msid-semantic: WMS",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:0",
  "a=sendonly",
  "a=msid:camera 1",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=mid:1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=mid:2",
  "a=sendonly",
  "a=msid:{screen} {2}",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:3",
  "a=sendonly",
  "a=msid:screen 3",
  "",
].join("\r\n");

describe("the posted offer", () => {
  it("marks the m-lines of the screen and nothing else", () => {
    const marked = markSlides(offer, "screen");
    expect(marked.match(/a=content:slides\r\n/g)).toHaveLength(2);
    expect(marked.replaceAll("a=content:slides\r\n", "")).toBe(offer);
    expect(marked.split("m=video")[1]).toContain("a=msid:{screen} {2}\r\na=content:slides\r\nm=audio");
  });

  it("is left alone without a screen, for an inactive one, and when it is marked already", () => {
    expect(markSlides(offer, undefined)).toBe(offer);
    expect(markSlides(offer, "other")).toBe(offer);
    const inactive = offer.replaceAll("a=sendonly", "a=inactive");
    expect(markSlides(inactive, "screen")).toBe(inactive);
    const marked = markSlides(offer, "screen");
    expect(markSlides(marked, "screen")).toBe(marked);
  });
});

describe("ice servers", () => {
  it("are read from Link headers with commas and semicolons inside quotes", () => {
    const header =
      '<turn:a.example:3478?transport=udp>; rel="ice-server"; username="1:x,y"; credential="p;\\"q"; credential-type="password", ' +
      "<stun:b.example>; rel=ice-server, <https://c.example>; rel=ice-server, <turn:d.example>; rel=next";
    expect(iceServersOf(header)).toEqual([
      { urls: "turn:a.example:3478?transport=udp", username: "1:x,y", credential: 'p;"q' },
      { urls: "stun:b.example" },
    ]);
  });

  it("are none in an absent or broken header", () => {
    for (const header of [null, "", ",", "<turn:a", '<turn:a>; rel="ice-server', "turn:a; rel=ice-server", '"<>"']) {
      expect(iceServersOf(header)).toEqual([]);
    }
  });
});

describe("a refusal", () => {
  it.each([
    [401, { type: "urn:eventmeet:problem:token-expired" }, "", "tokenExpired"],
    [401, {}, 'Bearer error="invalid_token", error_description="The token expired"', "tokenExpired"],
    [401, { detail: "The signature is wrong." }, "", "tokenInvalid"],
    [403, {}, "", "notAllowed"],
    [404, {}, "", "roomNotFound"],
    [409, { type: "urn:eventmeet:problem:room-full" }, "", "roomFull"],
    [409, { type: "urn:eventmeet:problem:identity-in-use" }, "", "alreadyJoined"],
    [410, {}, "", "roomEnded"],
    [409, { type: "urn:eventmeet:problem:room-ended" }, "", "roomEnded"],
    [422, {}, "", "incompatible"],
    [429, {}, "", "tooManyRequests"],
    [409, { type: "urn:eventmeet:problem:idempotency-in-progress" }, "", "noServer"],
    [409, { type: "urn:eventmeet:problem:constructor" }, "", "alreadyJoined"],
    [503, { type: "about:blank" }, "", "noServer"],
    [500, {}, "", "noServer"],
  ] as const)("%i %o %s means %s", (status, body, challenge, kind) => {
    expect(kindOf(status, body, challenge)).toBe(kind);
  });

  it("keeps the server's words, trace and patience", async () => {
    const response = problem(
      503,
      { title: "No worker", detail: "Try again soon.", traceId: "t1" },
      { "Retry-After": "2" },
    );
    const error = await errorFromResponse(response);
    expect(error).toMatchObject({ kind: "noServer", message: "Try again soon.", traceId: "t1", retryAfterMs: 2000 });
    expect(error.isPassing).toBe(true);
  });

  it("is understood when the body is not what it says", async () => {
    for (const body of ["", "null", "[1", '"text"', '{"detail":7,"title":{}}']) {
      const response = new Response(body, { status: 404, headers: { "Content-Type": "application/problem+json" } });
      expect(await errorFromResponse(response)).toMatchObject({
        kind: "roomNotFound",
        message: "The server answered 404.",
      });
    }
  });

  it("reads Retry-After as seconds and as a date, within a minute", () => {
    expect(retryAfter("7", 0)).toBe(7000);
    expect(retryAfter("Thu, 01 Jan 1970 00:00:05 GMT", 2000)).toBe(3000);
    expect(retryAfter("3600", 0)).toBe(60_000);
    expect(retryAfter("soon", 0)).toBeUndefined();
    expect(retryAfter(null, 0)).toBeUndefined();
  });
});

describe("a device that cannot be had", () => {
  it.each([
    ["NotAllowedError", "camera", "noPermission"],
    ["NotFoundError", "camera", "noCamera"],
    ["NotFoundError", "microphone", "noMicrophone"],
    ["OverconstrainedError", "microphone", "noMicrophone"],
    ["NotReadableError", "camera", "deviceBusy"],
  ] as const)("%s of the %s is %s", (name, wanted, kind) => {
    expect(mediaError(new DOMException("", name), wanted).kind).toBe(kind);
  });
});

describe("a token", () => {
  it("tells room, identity, name, expiry and grants, also outside ASCII", () => {
    const claims = {
      sub: "u1",
      name: "Zoë 🌍",
      exp: 1000,
      video: { room: "daily", canPublishSources: ["microphone"] },
    };
    expect(readToken(tokenWith(claims))).toEqual({
      room: "daily",
      identity: "u1",
      name: "Zoë 🌍",
      expiresAt: 1_000_000,
      canPublish: true,
      canSubscribe: true,
      canPublishSources: ["microphone"],
      roomAdmin: false,
      canUpdateOwnMetadata: false,
    });
  });

  it.each(["", "a", "a.b", "a.b.c", "a.bnVsbA.c", tokenWith({}), tokenWith({ video: { room: "" } }), "a.%%%.c"])(
    "%j is refused with words for people",
    (token) => {
      expect(() => readToken(token)).toThrowError(expect.objectContaining({ kind: "tokenInvalid" }));
    },
  );
});

describe("backoff", () => {
  const policy = { firstDelayMs: 100, maxDelayMs: 1000, giveUpAfterMs: 5000 };

  it("starts at once, doubles, and stays below its cap", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6].map((attempt) => delayBefore(attempt, 0, policy, () => 1));
    expect(delays).toEqual([0, 100, 200, 400, 800, 1000, 1000]);
  });

  it("takes at most half off", () => {
    expect(delayBefore(3, 0, policy, () => 0)).toBe(200);
  });

  it("gives up when the next attempt would start too late", () => {
    expect(delayBefore(6, 3900, policy, () => 1)).toBe(1000);
    expect(delayBefore(6, 4100, policy, () => 1)).toBeUndefined();
  });
});

describe("slots", () => {
  const track = {} as MediaStreamTrack;
  const bound = (): SlotBook => {
    const book = new SlotBook(1, 2);
    book.bind([
      { kind: "audio", mid: "2", track },
      { kind: "video", mid: "3", track },
      { kind: "video", mid: "4", track },
    ]);
    return book;
  };
  const carries = (mid: string) => ({ mid, participant: "p2", track: "t1", source: "camera" as const });

  it("follow the server and report only real changes", () => {
    const book = bound();
    expect(book.apply([carries("3"), { mid: "4" }, { mid: "99", participant: "x" }])).toEqual([book.video[0]]);
    expect(book.apply([carries("3")])).toEqual([]);
    expect(book.carrying("p2", "camera")).toBe(book.video[0]);
    expect(book.apply([{ mid: "3" }])).toEqual([book.video[0]]);
    expect(book.video[0]!.isEmpty).toBe(true);
  });

  it("are emptied when their participant leaves", () => {
    const book = bound();
    book.apply([carries("3"), carries("4")]);
    expect(book.forget("p2")).toHaveLength(2);
    expect(book.all.every((slot) => slot.isEmpty)).toBe(true);
  });

  it("keep their requests over a new connection, except for people who are gone", () => {
    const book = bound();
    book.video[0]!.request = { participant: "p2", source: "screen_share", height: 720 };
    book.video[1]!.request = { participant: "gone", height: 180 };
    book.bind([
      { kind: "audio", mid: "a", track },
      { kind: "video", mid: "b", track },
      { kind: "video", mid: "c", track },
    ]);
    expect(book.requests((id) => id === "p2")).toEqual([
      { type: "subscribe", mid: "b", participant: "p2", source: "screen_share", height: 720 },
      { type: "subscribe", mid: "c", auto: true, height: 180 },
    ]);
  });

  it("ask for the server's choice without a participant", () => {
    expect(subscribeMessage("3", {})).toEqual({ type: "subscribe", mid: "3", auto: true });
  });

  it("are counted within what a session bears", () => {
    expect([undefined, -1, 2.9, 99].map((wanted) => slotCount(wanted, 9, 24))).toEqual([9, 0, 2, 24]);
  });
});

describe("the roster", () => {
  it("says after a reconnect who came, went and changed, and never oneself", () => {
    const roster = new Roster();
    const list = (...people: unknown[]) => people as Parameters<Roster["reset"]>[1];
    roster.reset("p1", list(person("p1", "Ada"), person("p2", "Ben"), person("p3", "Cleo")));
    const change = roster.reset("p9", list(person("p9", "Ada"), person("p2", "Benjamin"), person("p4", "Dan")));
    expect(change.joined.map(({ id }) => id)).toEqual(["p4"]);
    expect(change.left.map(({ id }) => id)).toEqual(["p3"]);
    expect(change.updated.map(({ name }) => name)).toEqual(["Benjamin"]);
    expect(roster.others.map(({ id }) => id)).toEqual(["p2", "p4"]);
  });

  it("replaces participants instead of changing them", () => {
    const roster = new Roster();
    roster.put(person("p2", "Ben") as never);
    const before = roster.get("p2");
    roster.setHand("p2", true);
    roster.setTracks("p2", []);
    expect(before).toMatchObject({ tracks: [{}, {}] });
    expect(roster.get("p2")).toMatchObject({ handRaised: true, tracks: [] });
    expect(roster.setHand("nobody", true)).toBeUndefined();
  });
});

describe("a message from the server", () => {
  it.each([
    undefined,
    new ArrayBuffer(2),
    "",
    "{",
    "null",
    "[]",
    '{"type":7}',
    '{"type":"unheard"}',
    '{"type":"constructor"}',
    '{"type":"__proto__"}',
    '{"type":"joined"}',
    '{"type":"slots","slots":[{}]}',
    '{"type":"joined","participant":{"id":"x","name":"y","tracks":[7]}}',
    '{"type":"welcome","self":{}}',
  ])("%j is ignored", (text) => {
    expect(readServerMessage(text)).toBeUndefined();
  });

  it("may have members that are not known yet", () => {
    expect(readServerMessage('{"type":"left","participant":"p","reason":"left","later":1}')).toMatchObject({
      participant: "p",
    });
  });
});

describe("the camera's encodings", () => {
  const rids = (...given: Parameters<typeof cameraEncodings>) => cameraEncodings(...given).map(({ rid }) => rid);

  it("are as many as the picture is worth, from small to large", () => {
    expect(rids({})).toEqual(["q", "h", "f"]);
    expect(rids({}, { width: 720, height: 1280 })).toEqual(["q", "h", "f"]);
    expect(rids({}, { width: 640, height: 480 })).toEqual(["h", "f"]);
    expect(cameraEncodings({}, { width: 320, height: 180 })).toEqual([{ maxBitrate: 1_700_000 }]);
  });

  it("are one without simulcast, and with a codec that has layers inside", () => {
    expect(cameraEncodings({ simulcast: false })).toEqual([{ maxBitrate: 1_700_000 }]);
    expect(rids({ videoCodec: "VP9" })).toEqual([undefined]);
    expect(rids({ videoCodec: "H264" })).toEqual(["q", "h", "f"]);
  });
});

describe("the statistics report", () => {
  it("says what happened between two looks", () => {
    const at = (timestamp: number, bytes: number, lost: number) => [
      { id: "T", type: "transport", timestamp, selectedCandidatePairId: "P" },
      {
        id: "P",
        type: "candidate-pair",
        timestamp,
        currentRoundTripTime: 0.02,
        availableOutgoingBitrate: 1e6,
        localCandidateId: "L",
      },
      { id: "L", type: "local-candidate", timestamp, candidateType: "relay", protocol: "tcp" },
      {
        id: "I",
        type: "inbound-rtp",
        timestamp,
        kind: "video",
        mid: "4",
        bytesReceived: bytes,
        packetsReceived: bytes / 100,
        packetsLost: lost,
        framesPerSecond: 15,
        frameHeight: 180,
        freezeCount: lost,
        totalFreezesDuration: lost / 10,
        jitter: 0.003,
      },
      { id: "S", type: "inbound-rtp", timestamp, kind: "audio", mid: "2", bytesReceived: 0 },
    ];
    const report = new StatsReport();
    expect(report.make(at(0, 1000, 0)).streams).toEqual([]);
    expect(report.make(at(10_000, 126_000, 2))).toEqual({
      type: "stats",
      roundTripMs: 20,
      availableOutgoingBitsPerSecond: 1_000_000,
      path: "relay/tcp",
      streams: [
        {
          mid: "4",
          direction: "receive",
          kind: "video",
          bitsPerSecond: 100_000,
          packets: 1250,
          lost: 2,
          jitterMs: 3,
          framesPerSecond: 15,
          frameHeight: 180,
          freezes: 2,
          freezeMs: 200,
        },
      ],
    });
  });
});
