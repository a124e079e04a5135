/* Foreign peers by RFC 9725 and its mirror image: GStreamer publishes over WHIP and plays over WHEP, Chromium in between. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { hears, sees, shows } from "../lib/expectations.mjs";
import { GStreamerPeer } from "../lib/gstreamerPeer.mjs";
import { Guest } from "../lib/guest.mjs";
import { ada, ben, cleo } from "../lib/people.mjs";
import { publishOffer } from "../lib/offers.mjs";

const api = new Api();
let room;

before(async () => {
  room = await api.createRoom({ name: `whip-${Date.now()}` });
});

after(() => api.endRoom(room.id).catch(() => undefined));

describe("GStreamer and Chromium in one room", () => {
  let inChromium;
  let publisher;
  let viewer;

  before(async () => {
    inChromium = await Guest.withChromium(ada);
    await inChromium.join((await api.invite(room.id, ada)).joinUrl);
    assert.equal(await inChromium.state(), "connected");
  });

  after(async () => {
    publisher?.close();
    viewer?.close();
    await inChromium?.close();
  });

  test("a WHIP publisher is seen and heard by name", async () => {
    const { token } = await api.invite(room.id, ben);
    publisher = GStreamerPeer.publish(`${api.url}/v1/whip/${room.id}`, token, ben);
    await publisher.connected();
    await sees(inChromium, ben);
    await hears(inChromium, ben);
  });

  test("a WHEP viewer sees and hears somebody", async () => {
    const { token } = await api.invite(room.id, cleo, { canPublish: false });
    viewer = GStreamerPeer.view(`${api.url}/v1/whep/${room.id}`, token);
    await viewer.connected();
    // The one slot carries whoever speaks; both speak, so it is one of them, and as long as neither falls silent it stays.
    const seen = await Promise.any([viewer.sees(ada.colour).then(() => ada), viewer.sees(ben.colour).then(() => ben)]);
    await Promise.any([viewer.hears(ada.tone), viewer.hears(ben.tone)]);
    assert.ok(seen);
  });

  test("a publisher's DELETE takes it out of everybody's sight within a second", async () => {
    assert.equal(await publisher.leave(), 200);
    await shows(inChromium, ben, { isThere: false }, { within: 1_000 });
  });

  test("the viewer then sees and hears who is left", async () => {
    viewer.said.picture.length = 0;
    viewer.said.sound.length = 0;
    await viewer.sees(ada.colour);
    await viewer.hears(ada.tone);
    assert.equal(await viewer.leave(), 200);
  });
});

describe("RFC 9725 at the level of HTTP", () => {
  const url = () => `${api.url}/v1/whip/${room.id}`;
  let token;
  let session;
  const request = (method, to, headers = {}, body = undefined) =>
    fetch(to, { method, headers: { Authorization: `Bearer ${token}`, ...headers }, body });
  const fragmentOf = (offer) =>
    offer
      .split("\r\n")
      .filter((line) => /^a=(ice-ufrag|ice-pwd|group|mid)|^m=/.test(line))
      .join("\r\n") + "\r\na=candidate:1 1 udp 2130706431 198.51.100.1 50000 typ host\r\na=end-of-candidates\r\n";

  before(async () => {
    ({ token } = await api.invite(room.id, { identity: "encoder", name: "Encoder" }));
  });

  test("OPTIONS says what POST takes (4.2)", async () => {
    const answer = await fetch(url(), { method: "OPTIONS" });
    assert.ok(answer.ok, `${answer.status}`);
    assert.match(answer.headers.get("accept-post"), /application\/sdp/);
  });

  test("no token is 401 with a challenge", async () => {
    const answer = await fetch(url(), {
      method: "POST",
      headers: { "Content-Type": "application/sdp" },
      body: publishOffer(),
    });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get("www-authenticate"), /^Bearer/);
  });

  test("another media type is 415 with Accept-Post", async () => {
    const answer = await request("POST", url(), { "Content-Type": "application/json" }, "{}");
    assert.equal(answer.status, 415);
    assert.match(answer.headers.get("accept-post"), /application\/sdp/);
    assert.match(answer.headers.get("content-type"), /application\/problem\+json/);
  });

  test("other methods are 405 with Allow", async () => {
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      const answer = await request(method, url());
      assert.equal(answer.status, 405, method);
      assert.match(answer.headers.get("allow"), /POST/);
    }
  });

  test("POST is 201 with Location, ETag, an ICE-lite answer, and Link headers of the relays", async () => {
    const answer = await request("POST", url(), { "Content-Type": "application/sdp" }, publishOffer());
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("content-type"), "application/sdp");
    const sdp = await answer.text();
    assert.match(sdp, /^v=0\r\n/);
    assert.match(sdp, /\r\na=ice-lite\r\n/);
    assert.match(sdp, /\r\na=setup:passive\r\n/);
    session = { location: new URL(answer.headers.get("location"), url()).href, etag: answer.headers.get("etag") };
    assert.ok(session.etag);
    if (process.env.Turn__Uris__0 !== undefined) {
      const link = answer.headers.get("link");
      assert.ok(link.startsWith(`<${process.env.Turn__Uris__0}>; rel="ice-server"; username="`), link);
      assert.match(link, /; credential="[^"]+"; credential-type="?password"?/);
    }
  });

  test("a trickled candidate is 204; without If-Match 428, with an old one 412", async () => {
    const type = { "Content-Type": "application/trickle-ice-sdpfrag" };
    const fragment = fragmentOf(publishOffer());
    assert.equal((await request("PATCH", session.location, type, fragment)).status, 428);
    const old = { ...type, "If-Match": '"r999"' };
    assert.equal((await request("PATCH", session.location, old, fragment)).status, 412);
    const right = { ...type, "If-Match": session.etag };
    const answer = await request("PATCH", session.location, right, fragment);
    assert.equal(answer.status, 204, await answer.text());
  });

  test("an ICE restart is 200 with fresh credentials and another ETag", async () => {
    const headers = { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" };
    const fragment = fragmentOf(publishOffer({ ufrag: "anew", pwd: "another0password0of0some0length" }));
    const answer = await request("PATCH", session.location, headers, fragment);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    assert.equal(answer.headers.get("content-type"), "application/trickle-ice-sdpfrag");
    assert.match(text, /a=ice-ufrag:.{4,}/);
    assert.match(text, /a=ice-pwd:.{22,}/);
    assert.notEqual(answer.headers.get("etag"), session.etag);
    session.etag = answer.headers.get("etag");
  });

  test("a stranger's token does not reach the session", async () => {
    const other = await api.invite(room.id, { identity: "stranger", name: "Stranger" });
    const headers = { Authorization: `Bearer ${other.token}` };
    assert.equal((await fetch(session.location, { headers })).status, 404);
    await fetch(session.location, { method: "DELETE", headers });
    assert.equal((await request("GET", session.location)).status, 200);
  });

  test("DELETE is 200, and the session is gone", async () => {
    assert.equal((await request("DELETE", session.location)).status, 200);
    assert.equal((await request("GET", session.location)).status, 404);
  });

  test("WHEP refuses an offer that only sends, WHIP one that only receives", async () => {
    const headers = { "Content-Type": "application/sdp" };
    const whep = await request("POST", url().replace("/whip/", "/whep/"), headers, publishOffer());
    assert.equal(whep.status, 422);
    const whip = await request("POST", url(), headers, publishOffer({ direction: "recvonly" }));
    assert.equal(whip.status, 422);
  });
});
