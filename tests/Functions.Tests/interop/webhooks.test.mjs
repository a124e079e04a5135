// A real delivery: functions app, tables, broker and receiver as they run; verified by npm's standardwebhooks.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { client, command, startApp, startBroker, startFunctions, startHost, stopApp } from "./app.mjs";

let app, call, receiver, url;
let status = 204;
const got = [];

before(async () => {
  receiver = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(status).end("thanks");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  url = `http://127.0.0.1:${receiver.address().port}/hook`;
  app = await startApp();
  await startBroker(app);
  const credential = await command(app, "--create-key", "--tenant", "hooks");
  await startHost(app);
  call = client(app, credential);
  await eventually(async () => assert.equal((await call("GET", "/v1/rooms")).status, 200));
});

after(async () => {
  await stopApp(app);
  receiver.close();
});

test("npm's standardwebhooks verifies what comes, with HMAC; node's crypto with Ed25519", async () => {
  const hook = await call("POST", "/v1/webhooks", { url, events: ["room.*"] });
  assert.equal(hook.status, 201);
  const room = await call("POST", "/v1/rooms", { name: "told", metadata: "ä😀" });
  await call("DELETE", `/v1/rooms/${room.body.id}`);
  await eventually(async () => assert.equal(got.length, 2));

  const events = got.map((one) => new Webhook(hook.body.secret).verify(one.body, one.headers));
  assert.deepEqual(events.map((one) => one.type).sort(), ["room.created", "room.ended"]);
  assert.deepEqual(events.map((one) => one.data.sequence).sort(), [1, 2]);
  assert.equal(events[0].data.room.metadata, "ä😀");
  assert.throws(() => new Webhook(hook.body.secret).verify(got[0].body + " ", got[0].headers));

  const raw = Buffer.from(hook.body.publicKey.slice("whpk_".length), "base64");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  for (const { headers, body } of got) {
    const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
    const given = headers["webhook-signature"].split(" ").find((one) => one.startsWith("v1a,")).slice(4);
    assert.ok(verify(null, signed, key, Buffer.from(given, "base64")));
  }

  const list = await call("GET", "/v1/events");
  assert.deepEqual(list.body.data.map((one) => one.id).sort(), got.map((one) => one.headers["webhook-id"]).sort());
  await eventually(async () => {
    const log = await call("GET", `/v1/webhooks/${hook.body.id}/deliveries`);
    assert.deepEqual(log.body.data.map((one) => one.state), ["delivered", "delivered"]);
  });
  await call("DELETE", `/v1/webhooks/${hook.body.id}`);
});

test("an attempt that failed is made again by the broker's schedule, and a replaced secret still verifies", async () => {
  got.length = 0;
  status = 500;
  const hook = await call("POST", "/v1/webhooks", { url });
  const rotated = await call("POST", `/v1/webhooks/${hook.body.id}/rotate-secret`);
  assert.equal((await call("POST", `/v1/webhooks/${hook.body.id}/test`)).status, 202);
  await eventually(async () => assert.equal(got.length, 1));
  status = 204;
  await eventually(async () => assert.equal(got.length, 2)); // 5 s later
  assert.equal(got[0].headers["webhook-id"], got[1].headers["webhook-id"]);
  for (const secret of [hook.body.secret, rotated.body.secret]) {
    for (const one of got) assert.equal(new Webhook(secret).verify(one.body, one.headers).type, "webhook.test");
  }
  await eventually(async () => {
    const log = await call("GET", `/v1/webhooks/${hook.body.id}/deliveries`);
    assert.equal(log.body.data[0].state, "delivered");
    assert.deepEqual(log.body.data[0].attempts.map((one) => one.status), [500, 204]);
  });
});

async function eventually(check) {
  for (let tries = 0; ; tries++) {
    try {
      return await check();
    } catch (error) {
      if (tries === 150) throw error;
      await wait(100);
    }
  }
}
