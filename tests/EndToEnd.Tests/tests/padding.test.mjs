/* A picture's packets are padded to one size and leave as a train. Browsers must take them, and get back those that the network loses. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { PoorPath } from "../lib/poorPath.mjs";
import { ada, ben, cleo } from "../lib/people.mjs";

const script = readFileSync(new URL("../lib/plainSessions.js", import.meta.url), "utf8");
const api = new Api();
const loss = 0.03;
let room;
let publisher;

const statistics = (guest) =>
  guest.page.evaluate(() => window.plainSessions.statistics().then(JSON.stringify)).then(JSON.parse);

before(async () => {
  room = await api.createRoom({ name: `padding-${Date.now()}` });
  const { token, joinUrl } = await api.invite(room.id, ada);
  publisher = await Guest.withChromium(ada);
  await publisher.open(joinUrl);
  await publisher.page.evaluate(script);
  await publisher.page.evaluate(([url, key]) => window.plainSessions.publish(url, key, [{ maxBitrate: 1_200_000 }]), [
    `${api.url}/v1/whip/${room.id}`,
    token,
  ]);
  await until(
    "pictures of several packets leave",
    async () => {
      const last = await statistics(publisher);
      return { isDone: last.bytesSent / last.framesEncoded > 2_600, last };
    },
    { within: 40_000, every: 500 },
  );
});

after(async () => {
  await publisher?.close();
  await api.endRoom(room.id).catch(() => undefined);
});

for (const [name, open, person] of [
  ["Chromium", Guest.withChromium, ben],
  ["Firefox", Guest.withFirefox, cleo],
]) {
  test(`${name} shows padded pictures and gets back what is lost`, async (context) => {
    const { token, joinUrl } = await api.invite(room.id, person);
    const viewer = await open(person);
    const paths = await PoorPath.toAll({ loss });
    const path = () => Object.values(paths).reduce((most, { seen }) => (seen.packets > most.packets ? seen : most), { packets: 0 });
    try {
      await viewer.open(joinUrl);
      await viewer.page.evaluate(script);
      const view = ([url, key, ports]) => window.plainSessions.view(url, key, ports);
      const ports = Object.fromEntries(Object.entries(paths).map(([port, path]) => [port, path.port]));
      await viewer.page.evaluate(view, [`${api.url}/v1/whep/${room.id}`, token, ports]);
      const begun = await until("the picture begins", async () => {
        const last = await statistics(viewer);
        return { isDone: last.framesDecoded > 10, last };
      }, { within: 20_000 });
      const last = await until(
        "100 frames are shown, although packets were lost",
        async () => {
          const now = await statistics(viewer);
          return { isDone: now.framesDecoded - begun.framesDecoded > 100 && path().lost > 20, last: now };
        },
        { within: 90_000, every: 100 },
      );
      const [seen, plis] = [path(), last.pliCount - begun.pliCount];
      context.diagnostic(`figure: ${JSON.stringify({ ...seen, frames: last.framesDecoded, nacks: last.nackCount, plis })}`);
      assert.ok(seen.padded > seen.packets / 20, JSON.stringify(seen));
      // A loss that is not repaired costs a key frame.
      assert.ok(plis <= seen.lost / 4, `${plis} key frames for ${seen.lost} lost packets`);
    } finally {
      Object.values(paths).forEach((path) => path.close());
      await viewer.close();
    }
  });
}
