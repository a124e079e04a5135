/* Invitations that do not work say why, in words and by data-kind. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { Guest } from "../lib/guest.mjs";
import { unsignedToken } from "../lib/pageServer.mjs";
import { ada } from "../lib/people.mjs";

const api = new Api();
const now = Math.floor(Date.now() / 1000);
let guest;
let room;

before(async () => {
  room = await api.createRoom({ name: `invitations-${Date.now()}` });
  guest = await Guest.withChromium(ada);
});

after(() => guest?.close());

const pageWith = (fragment) => `${api.url}/meet/?room=${room.id}${fragment}`;

async function refused(link, kind, words) {
  await guest.page.goto("about:blank");
  await guest.page.goto(link);
  await guest.page.waitForSelector("[data-testid=lobby], [data-testid=message]");
  if ((await guest.page.$("[data-testid=lobby]")) !== null) {
    await guest.click("join-button");
  }
  const message = await guest.message();
  assert.equal(message.kind, kind);
  assert.match(message.text, words);
}

test("no token at all", () => refused(pageWith(""), "tokenMissing", /not complete/));

test("something that is no token", () => refused(pageWith("#token=hello"), "tokenInvalid", /not valid/));

test("a token nobody signed", () => {
  const claims = { iss: "key_x", sub: "eve", iat: now, exp: now + 600, video: { room: room.id, roomJoin: true } };
  return refused(pageWith(`#token=${unsignedToken(claims)}`), "tokenInvalid", /not valid/);
});

test("an expired token", () => {
  const claims = { iss: "key_x", sub: "eve", iat: now - 900, exp: now - 300, video: { room: room.id, roomJoin: true } };
  return refused(pageWith(`#token=${unsignedToken(claims)}`), "tokenExpired", /expired/);
});

test("a good token whose signature was changed", async () => {
  const { token } = await api.invite(room.id, ada);
  const changed = token.slice(0, -4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA");
  await refused(pageWith(`#token=${changed}`), "tokenInvalid", /not valid/);
});

test("a meeting that is over", async () => {
  const { joinUrl } = await api.invite(room.id, ada);
  await api.endRoom(room.id);
  await refused(joinUrl, "roomEnded", /over/);
});
