/* Cameras are sent in several sizes without being asked, and each page gets the one that it shows. */
import { after, before, describe, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { sees, until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { ada, ben } from "../lib/people.mjs";

const camera = [1280, 720];
const large = { width: 1920, height: 1080 };
const small = { width: 500, height: 400 };

for (const [name, withBrowser] of [
  ["Chromium", Guest.withChromium],
  ["Firefox", Guest.withFirefox],
]) {
  describe(`a camera of 720p in ${name}`, () => {
    const api = new Api();
    let room;
    let sender;
    let viewer;

    const comes = (height) =>
      until(
        `the picture is ${height} high`,
        async () => {
          const last = await viewer.seen(sender.identity);
          return { isDone: last.height === height, last };
        },
        // Firefox raises what it sends by 8 % a second.
        { within: 60_000 },
      );

    before(async () => {
      room = await api.createRoom({ name: `sizes-${Date.now()}` });
      [sender, viewer] = await Promise.all([
        withBrowser.call(Guest, ada, { camera }),
        Guest.withChromium(ben, { viewport: large }),
      ]);
      for (const guest of [sender, viewer]) {
        await guest.join((await api.invite(room.id, guest)).joinUrl);
      }
    });

    after(async () => {
      await Promise.all([sender, viewer].map((guest) => guest?.close()));
      await api.endRoom(room.id).catch(() => undefined);
    });

    test("comes whole to a large window", async () => {
      await sees(viewer, sender);
      await comes(720);
    });

    test("comes small to a small window, and whole again", async () => {
      await viewer.page.setViewportSize(small);
      await comes(180);
      await sees(viewer, sender);
      await viewer.page.setViewportSize(large);
      await comes(720);
    });
  });
}
