/* Firefox and Chromium in one room: two WebRTC stacks, two SDP dialects. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { hears, sees, shows, until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { ada, ben } from "../lib/people.mjs";

const api = new Api();
let room;
let inChromium;
let inFirefox;

before(async () => {
  room = await api.createRoom({ name: `mixed-${Date.now()}` });
  [inChromium, inFirefox] = await Promise.all([Guest.withChromium(ada), Guest.withFirefox(ben)]);
  for (const guest of [inChromium, inFirefox]) {
    await guest.join((await api.invite(room.id, guest)).joinUrl);
    assert.equal(await guest.state(), "connected", await guest.page.evaluate(() => document.body.innerText));
  }
});

after(async () => {
  await inChromium?.close();
  await inFirefox?.close();
});

test("Firefox sees and hears Chromium", async () => {
  await sees(inFirefox, inChromium);
  await hears(inFirefox, inChromium);
});

test("Chromium sees and hears Firefox", async () => {
  await sees(inChromium, inFirefox);
  await hears(inChromium, inFirefox);
});

test("mutes and chat cross between them", async () => {
  await inFirefox.click("microphone-button");
  await shows(inChromium, inFirefox, { microphone: "off" }, { within: 1_000 });
  await inChromium.click("chat-button");
  await inFirefox.click("chat-button");
  await inFirefox.write("Hello from the other engine");
  await until("it arrives", async () => {
    const last = await inChromium.messages();
    return { isDone: last.some((message) => message.includes("Hello from the other engine")), last };
  });
});

test("Firefox leaves and Chromium sees it within a second", async () => {
  await inFirefox.click("leave-button");
  await shows(inChromium, inFirefox, { isThere: false }, { within: 1_000 });
  assert.deepEqual([...inFirefox.problems, ...inChromium.problems], []);
});
