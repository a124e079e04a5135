/* What is wrong is refused in words, creates nothing, and hurts no meeting that goes on meanwhile. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { storm } from "../lib/datagrams.mjs";
import { sees, until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { publishOffer } from "../lib/offers.mjs";
import { ada, ben } from "../lib/people.mjs";
import { figure, isAlive, memoryOf, processes, stretched } from "../lib/stack.mjs";
import { makeToken } from "../lib/tokens.mjs";
import { longestGap, watchFrames } from "../lib/watching.mjs";

const api = new Api();
const guests = [];
let room;
let otherRoom;
let rooms;
let people;
let sfu;

before(async () => {
  room = await api.createRoom({ name: `bad-input-${Date.now()}` });
  otherRoom = await api.createRoom({ name: `other-${Date.now()}` });
  for (const person of [ada, ben]) {
    const guest = await Guest.withChromium(person, { viewport: { width: 800, height: 600 } });
    guests.push(guest);
    await guest.join((await api.invite(room.id, person)).joinUrl);
    assert.equal(await guest.state(), "connected");
  }
  await sees(guests[0], guests[1]);
  await sees(guests[1], guests[0]);
  await until("both are listed", async () => {
    const last = await api.participants(room.id);
    return { isDone: last.length === 2, last };
  });
  rooms = (await api.rooms()).length;
  people = (await api.participants(room.id)).map(({ id }) => id).sort();
  sfu = processes().sfu;
  await watchFrames(guests);
});

after(async () => {
  await Promise.all(guests.map((guest) => guest.close()));
  await api.endRoom(room.id).catch(() => undefined);
  await api.endRoom(otherRoom.id).catch(() => undefined);
});

/** Posts; the answer must be this problem, and nothing may have come of it. */
async function refused(path, { token = api.key, type = "application/json", body }, status, words) {
  const answer = await fetch(api.url + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": type },
    body,
  });
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
  const problem = JSON.parse(text);
  assert.equal(problem.status, status);
  assert.match(problem.type, /^urn:eventmeet:problem:/);
  assert.ok(problem.title && problem.traceId, text);
  assert.match(`${problem.title} ${problem.detail} ${JSON.stringify(problem.errors ?? [])}`, words);
  assert.doesNotMatch(text, /Exception| at EventMeet/);
  return problem;
}

async function nothingCame() {
  assert.equal((await api.rooms()).length, rooms, "no room came of it");
  assert.deepEqual((await api.participants(room.id)).map(({ id }) => id).sort(), people, "nobody came in");
  assert.deepEqual(await api.participants(otherRoom.id), []);
  assert.equal((await api.room(otherRoom.id)).state, "open");
  assert.equal(processes().sfu, sfu);
  assert.ok(isAlive(sfu), "the SFU lives");
}

describe("offers", () => {
  const without = (pattern) =>
    publishOffer()
      .split("\r\n")
      .filter((line) => !pattern.test(line))
      .join("\r\n");
  const line = (wrong, right) => publishOffer().replace(right, wrong);
  const section = (mid) =>
    [
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "c=IN IP4 0.0.0.0",
      `a=mid:${mid}`,
      "a=recvonly",
      "a=rtcp-mux",
      "a=rtpmap:96 VP8/90000",
    ].join("\r\n") + "\r\n";
  const manyLines = () => {
    const mids = Array.from({ length: 198 }, (_, index) => index + 2);
    return (
      publishOffer().replace("a=group:BUNDLE 0 1", `a=group:BUNDLE 0 1 ${mids.join(" ")}`) + mids.map(section).join("")
    );
  };
  const cases = [
    ["that is no SDP", "hello", 400, /line 1/i],
    ["that is empty", "", 400, /./],
    ["that is not UTF-8", Buffer.from([0x76, 0x3d, 0x30, 0x0d, 0x0a, 0xff, 0xfe]), 400, /UTF-8/],
    ["with a line that is none", publishOffer().replace("t=0 0", "nonsense"), 400, /line 4/i],
    ["without BUNDLE", without(/^a=group/), 422, /BUNDLE/],
    ["without DTLS fingerprint", without(/^a=fingerprint/), 422, /fingerprint/],
    ["with a fingerprint too short", line("a=fingerprint:sha-256 AB:CD", /a=fingerprint:.*/g), 400, /fingerprint/],
    ["without ICE credentials", without(/^a=ice-/), 422, /ice-ufrag/],
    ["with an ICE password too short", line("a=ice-pwd:short", /a=ice-pwd:.*/g), 400, /pwd/],
    ["that insists on being the DTLS server", line("a=setup:passive", /a=setup:.*/g), 422, /setup/],
    ["with nothing but codecs nobody has", publishOffer().replace(/VP8|opus/g, "theora"), 422, /./],
    ["with 200 m-lines", manyLines(), 422, /200|m-lines|at most/],
    ["with the same mid twice", publishOffer().replaceAll("a=mid:1", "a=mid:0"), 400, /mid/],
    ["larger than any", `${publishOffer()}${"a=x-padding:1\r\n".repeat(20_000)}`, 413, /256 KiB/],
  ];
  for (const [words, body, status, pattern] of cases) {
    test(`an offer ${words}`, async () => {
      const { token } = await api.invite(otherRoom.id, { identity: "offerer", name: "Offerer" });
      const type = "application/sdp";
      for (const path of [`/v1/rooms/${otherRoom.id}/sessions`, `/v1/whip/${otherRoom.id}`]) {
        await refused(path, { token, type, body }, status, pattern);
      }
      await nothingCame();
    });
  }
});

describe("tokens", () => {
  const now = () => Math.floor(Date.now() / 1000);
  const make = (more) => makeToken(api.key, otherRoom.id, more);
  const cases = [
    ["that is expired", () => make({ claims: { iat: now() - 900, exp: now() - 300 } }), 401, /expired/i],
    ["for another room", () => makeToken(api.key, room.id), 403, /another room/],
    ["signed with another key's secret", () => make({ secret: "not the secret" }), 401, /signature/i],
    [
      "of a key that is not there",
      () => make({ claims: { iss: "key_00000000000000000000000000" } }),
      401,
      /key|signature/i,
    ],
    ["with alg none", () => make({ header: { alg: "none" } }), 401, /alg|HS256|JWT/i],
    ["with alg none and a signature", () => `${make({ header: { alg: "none" } })}AAAA`, 401, /alg|HS256/i],
    ["without expiry", () => make({ claims: { exp: undefined } }), 401, /exp/],
    ["that lives for a week", () => make({ claims: { exp: now() + 7 * 86_400 } }), 401, /24 h/],
    ["from the future", () => make({ claims: { nbf: now() + 3600 } }), 401, /nbf|future/],
    ["without a room", () => make({ claims: { video: { roomJoin: true } } }), 401, /room/],
    ["without an identity", () => make({ claims: { sub: undefined } }), 401, /sub/],
    ["that may not join", () => make({ claims: { video: { room: otherRoom.id } } }), 403, /roomJoin/],
    ["that is no token", () => "hello", 401, /./],
    ["that is an API key", () => api.key, 403, /credential/],
  ];
  for (const [words, token, status, pattern] of cases) {
    test(`a token ${words}`, async () => {
      const call = { token: token(), type: "application/sdp", body: publishOffer() };
      await refused(`/v1/rooms/${otherRoom.id}/sessions`, call, status, pattern);
      await nothingCame();
    });
  }
});

describe("JSON", () => {
  const big = JSON.stringify({ metadata: "x".repeat(70_000) });
  const cases = [
    ["a room with unknown fields", "/v1/rooms", '{"nam":"x","colour":"red"}', 422, /nam.*colour/],
    ["a room with wrong values", "/v1/rooms", '{"maxParticipants":-1}', 422, /maxParticipants/],
    [
      "a room whose metadata is too long",
      "/v1/rooms",
      JSON.stringify({ metadata: "x".repeat(5_000) }),
      422,
      /metadata/,
    ],
    ["a body too large", "/v1/rooms", big, 413, /64 KiB/],
    ["JSON that breaks off", "/v1/rooms", '{"name":', 400, /JSON/],
    ["JSON that nests too deeply", "/v1/rooms", `{"tags":${"[".repeat(1000)}${"]".repeat(1000)}}`, 400, /JSON|nests/],
    ["a token for a camera", "tokens", '{"identity":"x","colour":"red"}', 422, /colour/],
  ];
  for (const [words, path, body, status, pattern] of cases) {
    test(words, async () => {
      await refused(path === "tokens" ? `/v1/rooms/${otherRoom.id}/tokens` : path, { body }, status, pattern);
      await nothingCame();
    });
  }
});

test("a storm of mutated datagrams leaves the call and the worker's memory alone", async (t) => {
  const count = process.env.EVENTMEET_LONG === "1" ? 1_000_000 : 200_000;
  const first = Number(process.env.EVENTMEET_MEDIA_PORT);
  // A session that waits for its peer: its ufrag makes the requests look right up to the integrity.
  const { token } = await api.invite(room.id, { identity: "waiting", name: "Waiting" });
  const answer = await fetch(`${api.url}/v1/whip/${room.id}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" },
    body: publishOffer(),
  });
  const [, ufrag] = /a=ice-ufrag:(.*)\r\n/.exec(await answer.text());
  const target = { ports: [first, first + 1], ufrag };
  await storm(10_000, { ...target, seed: 1 });
  await watchFrames(guests);
  const before = memoryOf(sfu);
  const startedAt = performance.now();
  await storm(count, { ...target, seed: 2 });
  const took = (performance.now() - startedAt) / 1000;
  const grown = (memoryOf(sfu) - before) / 1024 / 1024;
  const gap = await longestGap(guests);
  figure(
    t,
    `${count} datagrams in ${took.toFixed(1)} s: the SFU grew by ${grown.toFixed(1)} MiB, ` +
      `the longest gap between frames was ${gap.longestMs} ms (pages stood still for ${gap.stalledMs} ms)`,
  );
  assert.ok(grown < 20, `it grew by ${grown} MiB`);
  assert.ok(gap.longestMs < stretched(1_000) + gap.stalledMs, `frames keep coming: ${JSON.stringify(gap)}`);
  assert.equal(processes().sfu, sfu);
  assert.ok(isAlive(sfu));
  await sees(guests[0], guests[1]);
  await sees(guests[1], guests[0]);
});

test("the call never noticed", () => {
  assert.deepEqual(
    guests.flatMap(({ problems }) => problems),
    [],
  );
});
