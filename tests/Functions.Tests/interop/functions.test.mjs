import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { AccessToken, TokenVerifier, TrackSource } from "livekit-server-sdk";
import { client, command, startApp, startFunctions, startStorage, stopApp, stopStorage } from "./app.mjs";

let app, key, secret, call;

before(async () => {
  app = await startApp();
  const credential = await command(app, "--create-key", "--tenant", "interop");
  [key, secret] = credential.split(".");
  const milliseconds = await startFunctions(app);
  console.log(`first answer after ${milliseconds.toFixed(0)} ms (debug build, not ReadyToRun)`);
  call = client(app, credential);
  await eventually(async () => assert.equal((await call("GET", "/v1/rooms")).status, 200));
});

after(() => stopApp(app));

test("--create-key --if-missing keeps a key that works, and hides the file from others", async () => {
  const file = join(app.state, "api.key");
  const args = ["--create-key", "--tenant", "interop", "--key-file", file, "--if-missing"];
  const first = await command(app, ...args);
  assert.match(first, /^key_[0-9a-z]{26}\.[\w-]{43}$/);
  assert.equal(await command(app, ...args), first);
  assert.equal((await readFile(file, "utf8")).trim(), first);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("a room is made, found, listed, changed and ended", async () => {
  const made = await call("POST", "/v1/rooms", { name: "walk", tags: ["a"], metadata: "😀" });
  assert.equal(made.status, 201);
  assert.equal(made.body.state, "open");
  const path = `/v1/rooms/${made.body.id}`;
  assert.ok(made.headers.get("location").endsWith(path));
  assert.deepEqual((await call("GET", "/v1/rooms/walk")).body, made.body);
  assert.ok((await call("GET", "/v1/rooms?limit=100")).body.data.some((room) => room.id === made.body.id));
  assert.equal((await call("POST", "/v1/rooms", { name: "walk" })).status, 409);

  const etag = made.headers.get("etag");
  const changed = await call("PATCH", path, { metadata: null }, { "If-Match": etag });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.metadata, undefined);
  assert.equal((await call("PATCH", path, {}, { "If-Match": etag })).status, 412);
  const ended = await call("DELETE", path);
  assert.equal(ended.body.state, "ended");
  assert.equal((await call("POST", "/v1/rooms", { name: "walk" })).status, 201);
});

test("a repeated POST with its Idempotency-Key makes one room", async () => {
  const headers = { "Idempotency-Key": "once" };
  const answers = await Promise.all([1, 2, 3].map(() => call("POST", "/v1/rooms", { name: "once" }, headers)));
  const again = await call("POST", "/v1/rooms", { name: "once" }, headers);
  assert.equal(again.status, 201);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  for (const answer of answers) assert.ok(answer.status === 201 || answer.status === 409, String(answer.status));
  assert.equal((await call("POST", "/v1/rooms", { name: "other" }, headers)).status, 422);
});

test("twenty rooms at once with one name make one room", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => call("POST", "/v1/rooms", { name: "race" })));
  const statuses = answers.map((answer) => answer.status).sort();
  assert.deepEqual(statuses, [201, ...Array(19).fill(409)]);
});

test("a token made with livekit-server-sdk is accepted", async () => {
  const token = new AccessToken(key, secret, { identity: "anna", name: "Anna", ttl: 600, metadata: "m" });
  token.addGrant({ roomJoin: true, room: "walk", canPublish: true, canPublishSources: [TrackSource.CAMERA, TrackSource.SCREEN_SHARE] });
  const participant = client(app, await token.toJwt());
  assert.equal((await participant("GET", "/v1/ice-servers")).status, 200);
  const management = await participant("GET", "/v1/rooms");
  assert.equal(management.status, 403);
  assert.equal(management.body.type, "urn:eventmeet:problem:wrong-credential-kind");
});

test("a token of livekit-server-sdk with another secret, for ever, or without a room is not", async () => {
  const problemOf = async (token) => {
    const answer = await client(app, await token.toJwt())("GET", "/v1/ice-servers");
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    return answer.body.type.replace("urn:eventmeet:problem:", "");
  };
  const make = (with_, ttl, grant) => {
    const token = new AccessToken(key, with_, { identity: "anna", ttl });
    token.addGrant(grant);
    return token;
  };
  const good = { roomJoin: true, room: "walk" };
  assert.equal(await problemOf(make("x".repeat(43), 600, good)), "token-signature");
  assert.equal(await problemOf(make(secret, "25h", good)), "token-lifetime-too-long");
  assert.equal(await problemOf(make(secret, 600, { roomJoin: true })), "token-without-room");
  assert.equal(await problemOf(make(secret, 600, { room: "walk" })), "token-not-for-joining");
});

test("livekit-server-sdk verifies the token that the API minted", async () => {
  const minted = await call("POST", "/v1/rooms/walk/tokens", { identity: "ben", grants: { canPublish: false } });
  assert.equal(minted.status, 201);
  const claims = await new TokenVerifier(key, secret).verify(minted.body.token);
  assert.equal(claims.sub, "ben");
  assert.equal(claims.video.canPublish, false);
  assert.ok(claims.video.roomJoin);
  assert.match(minted.body.joinUrl, /\/meet\/\?room=room_\w+#token=ey/);
});

test("a token with alg none is refused whatever it says", async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: key, sub: "eve", exp: Math.floor(Date.now() / 1000) + 60, video: { roomJoin: true, room: "walk" } };
  const text = `${part({ alg: "none" })}.${part(claims)}`;
  for (const signature of ["", createHmac("sha256", secret).update(text).digest("base64url")]) {
    const answer = await client(app, `${text}.${signature}`)("GET", "/v1/ice-servers");
    assert.equal(answer.body.type, "urn:eventmeet:problem:token-algorithm");
  }
});

test("keys are shown once, and stop working when deleted", async () => {
  const made = await call("POST", "/v1/keys", { name: "second" });
  const second = client(app, `${made.body.id}.${made.body.secret}`);
  assert.equal((await second("GET", "/v1/rooms")).status, 200);
  assert.equal((await call("DELETE", `/v1/keys/${made.body.id}`)).status, 204);
  assert.equal((await second("GET", "/v1/rooms")).status, 401);
});

test("bad requests are explained, one by one", async () => {
  const cases = [
    ["POST", "/v1/rooms", "{", 400, "malformed-json"],
    ["POST", "/v1/rooms", { colour: "red" }, 422, "invalid-fields"],
    ["POST", "/v1/rooms", { metadata: "x".repeat(5000) }, 422, "invalid-fields"],
    ["POST", "/v1/rooms", { metadata: "x".repeat(70000) }, 413, "body-too-large"],
    ["PUT", "/v1/rooms", {}, 405, "method-not-allowed"],
    ["GET", "/v1/rooms/none", undefined, 404, "room-not-found"],
    ["GET", "/v1/rooms?limit=1000", undefined, 400, "invalid-query"],
    ["GET", "/v1/nothing", undefined, 404, "not-found"],
  ];
  for (const [method, path, body, status, problem] of cases) {
    const answer = await call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}`);
    assert.equal(answer.body.type, `urn:eventmeet:problem:${problem}`);
    assert.match(answer.body.traceId, /^[0-9a-f]{32}$/);
  }
});

test("storage that goes away is said to be away, and is found again", async () => {
  await wait(5500); // Azurite writes what it has every 5 s
  await stopStorage(app);
  const away = await call("GET", "/v1/rooms");
  assert.equal(away.status, 503);
  assert.equal(away.headers.get("retry-after"), "2");
  assert.ok((await call("GET", "/health")).body.waitingFor.some((one) => one.for === "storage"));
  await startStorage(app);
  await eventually(async () => assert.equal((await call("GET", "/v1/rooms/walk")).status, 200));
});

async function eventually(check) {
  for (let tries = 0; ; tries++) {
    try {
      return await check();
    } catch (error) {
      if (tries === 100) throw error;
      await wait(100);
    }
  }
}
