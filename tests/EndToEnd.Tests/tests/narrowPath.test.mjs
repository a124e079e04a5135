/* Two layers of a camera; a viewer whose path takes only the smaller one, until it widens. The browser's own feedback tells. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { ada, ben, cleo } from "../lib/people.mjs";
import { PoorPath } from "../lib/poorPath.mjs";

const script = readFileSync(new URL("../lib/plainSessions.js", import.meta.url), "utf8");
const api = new Api();
const [small, large] = [180, 360];
let room;
let publisher;

const statistics = (guest) =>
  guest.page.evaluate(() => window.plainSessions.statistics().then(JSON.stringify)).then(JSON.parse);

const shows = (viewer, height, within) =>
  until(
    `the picture is ${height} lines high`,
    async () => {
      const last = await statistics(viewer);
      return { isDone: last.frameHeight === height, last };
    },
    { within, every: 250 },
  );

before(async () => {
  room = await api.createRoom({ name: `narrow-${Date.now()}` });
  const { token, joinUrl } = await api.invite(room.id, ada);
  publisher = await Guest.withChromium(ada);
  await publisher.open(joinUrl);
  await publisher.page.evaluate(script);
  const encodings = [
    { rid: "q", scaleResolutionDownBy: 2, maxBitrate: 200_000 },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
  ];
  await publisher.page.evaluate(([url, key, layers]) => window.plainSessions.publish(url, key, layers, 2), [
    `${api.url}/v1/whip/${room.id}`,
    token,
    encodings,
  ]);
  await until(
    "both layers are sent",
    async () => {
      const last = await publisher.page.evaluate(() => window.plainSessions.heights());
      return { isDone: last.join() === [small, large].join(), last };
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
  test(`${name} behind a narrow path is sent the layer that fits, and the larger one when there is room`, async (context) => {
    const { token, joinUrl } = await api.invite(room.id, person);
    const viewer = await open(person);
    const paths = await PoorPath.toAll({ bitsPerSecond: 10_000_000 });
    const limit = (bitsPerSecond) => Object.values(paths).forEach((path) => (path.bitsPerSecond = bitsPerSecond));
    const lost = () => Object.values(paths).reduce((sum, { seen }) => sum + seen.lost, 0);
    try {
      await viewer.open(joinUrl);
      await viewer.page.evaluate(script);
      const view = ([url, key, ports]) => window.plainSessions.view(url, key, ports);
      const ports = Object.fromEntries(Object.entries(paths).map(([port, path]) => [port, path.port]));
      await viewer.page.evaluate(view, [`${api.url}/v1/whep/${room.id}`, token, ports]);
      await shows(viewer, large, 20_000);

      limit(450_000);
      await shows(viewer, small, 20_000);
      await new Promise((done) => setTimeout(done, 3_000));
      const [before, framesBefore] = [lost(), (await statistics(viewer)).framesDecoded];
      await new Promise((done) => setTimeout(done, 10_000));
      const narrow = { lost: lost() - before, frames: (await statistics(viewer)).framesDecoded - framesBefore };

      limit(10_000_000);
      const widened = Date.now();
      await shows(viewer, large, 60_000);
      context.diagnostic(`figure: ${JSON.stringify({ ...narrow, backAfter: Date.now() - widened })}`);
      assert.ok(narrow.frames > 10, `${narrow.frames} frames in ten seconds of a path that is wide enough for them`);
      assert.ok(narrow.lost < 10, `${narrow.lost} packets found no room on a path that is wide enough for them`);
    } finally {
      Object.values(paths).forEach((path) => path.close());
      await viewer.close();
    }
  });
}
