/* Three people in Chromium meet through the real server: what arrives is judged by colour, counter and tone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { hears, hearsNothingOf, sees, shows, until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { ada, ben, cleo, dai } from "../lib/people.mjs";

describe("three people in Chromium", () => {
  const api = new Api();
  const guests = [];
  let room;
  let [adaHere, benHere, cleoHere] = [];

  const enter = async (person) => {
    const [guest, { joinUrl }] = await Promise.all([Guest.withChromium(person), api.invite(room.id, person)]);
    guests.push(guest);
    await guest.join(joinUrl);
    assert.equal(
      await guest.state(),
      "connected",
      JSON.stringify(await guest.page.evaluate(() => document.body.innerText)),
    );
    return guest;
  };
  const pairs = () =>
    guests.flatMap((viewer) => guests.filter((other) => other !== viewer).map((other) => [viewer, other]));

  before(async () => {
    room = await api.createRoom({ name: `three-${Date.now()}` });
    adaHere = await enter(ada);
    benHere = await enter(ben);
    cleoHere = await enter(cleo);
  });

  after(async () => {
    await Promise.all(guests.map((guest) => guest.close()));
    await api.endRoom(room.id).catch(() => undefined);
  });

  test("see each other, moving", async () => {
    for (const [viewer, other] of pairs()) {
      await sees(viewer, other);
    }
  });

  test("hear each other", async () => {
    for (const [viewer, other] of pairs()) {
      await hears(viewer, other);
    }
  });

  test("look right on a phone, a laptop and a large screen", async () => {
    for (const [width, height] of [
      [360, 740],
      [1280, 720],
      [1920, 1080],
    ]) {
      await adaHere.page.setViewportSize({ width, height });
      await sees(adaHere, benHere);
      await sees(adaHere, cleoHere);
      await adaHere.screenshot(`three-people-${width}`);
      const overflow = await adaHere.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `nothing sticks out at ${width} pixels`);
    }
    await adaHere.page.setViewportSize({ width: 1280, height: 720 });
  });

  test("see within a second that a microphone is off, and hear nothing of it", async () => {
    await benHere.click("microphone-button");
    await shows(adaHere, benHere, { microphone: "off" }, { within: 1_000 });
    await hearsNothingOf(adaHere, benHere);
    await hears(adaHere, cleoHere);
    await benHere.click("microphone-button");
    await shows(adaHere, benHere, { microphone: "on" }, { within: 1_000 });
    await hears(adaHere, benHere);
  });

  test("see within a second that a camera is off, and its picture when it is back", async () => {
    await benHere.click("camera-button");
    await shows(cleoHere, benHere, { picture: "off" }, { within: 1_000 });
    await benHere.click("camera-button");
    await sees(cleoHere, benHere);
  });

  test("write to everybody and to one alone", async () => {
    for (const guest of guests) {
      await guest.click("chat-button");
    }
    await adaHere.write("Hello, everybody");
    for (const guest of guests) {
      await until(`${guest.name} reads it`, async () => {
        const last = await guest.messages();
        return { isDone: last.some((message) => message.includes("Hello, everybody")), last };
      });
    }
    const benId = await adaHere.page.evaluate(
      () => window.eventmeet.participants.find(({ identity }) => identity === "ben").id,
    );
    await adaHere.page.selectOption("[data-testid=chat-to]", benId);
    await adaHere.write("Only for Ben");
    await until("Ben reads it", async () => {
      const last = await benHere.messages();
      return { isDone: last.some((message) => message.includes("Only for Ben")), last };
    });
    await adaHere.page.selectOption("[data-testid=chat-to]", "");
    await adaHere.write("And this is for all");
    await until("Cleo reads what came after it", async () => {
      const last = await cleoHere.messages();
      return { isDone: last.some((message) => message.includes("And this is for all")), last };
    });
    assert.ok(!(await cleoHere.messages()).some((message) => message.includes("Only for Ben")));
    for (const guest of guests) {
      await guest.click("chat-button");
    }
  });

  test("see a raised hand", async () => {
    await cleoHere.click("hand-button");
    await until("Ada sees it", async () => {
      const last = await adaHere.page.getAttribute('[data-testid=tile][data-identity="cleo"]', "aria-label");
      return { isDone: last.includes("hand raised"), last };
    });
    await cleoHere.click("hand-button");
  });

  test("see a shared screen large, and the faces again when it ends", async () => {
    await benHere.click("share-button");
    for (const viewer of [adaHere, cleoHere]) {
      await until(`${viewer.name} sees the screen`, async () => {
        const last = await viewer.seen("ben", "screen_share");
        return { isDone: last.isPlaying === true, last };
      });
      await sees(viewer, benHere);
    }
    await adaHere.screenshot("screen-share-1280");
    await benHere.click("share-button");
    await shows(adaHere, benHere, { isThere: false }, { source: "screen_share" });
  });

  test("take in a fourth who comes late and is seen, heard and up to date at once", async () => {
    const daiHere = await enter(dai);
    for (const other of [adaHere, benHere, cleoHere]) {
      await sees(daiHere, other);
      await sees(other, daiHere);
      await hears(other, daiHere);
    }
    await daiHere.click("leave-button");
    assert.equal((await daiHere.message()).kind, "left");
    await shows(adaHere, dai, { isThere: false }, { within: 1_000 });
    guests.splice(guests.indexOf(daiHere), 1);
    await daiHere.close();
  });

  test("see within a second that somebody closed the page", async () => {
    await cleoHere.page.goto("about:blank");
    for (const viewer of [adaHere, benHere]) {
      await shows(viewer, cleo, { isThere: false }, { within: 1_000 });
    }
    guests.splice(guests.indexOf(cleoHere), 1);
    await cleoHere.close();
  });

  test("come back by themselves when their connection dies", async () => {
    await benHere.page.evaluate(() => window.eventmeet.peerConnection.close());
    await until("Ben reconnects", async () => {
      const last = await benHere.state();
      return { isDone: last === "reconnecting", last };
    });
    await until("Ben is back", async () => {
      const last = await benHere.state();
      return { isDone: last === "connected", last };
    });
    await sees(adaHere, benHere);
    await hears(benHere, adaHere);
  });

  test("are told when the meeting is ended for all", async () => {
    await api.endRoom(room.id);
    for (const guest of guests) {
      assert.equal((await guest.message()).kind, "roomEnded");
    }
  });

  test("had no error on any page", () => {
    assert.deepEqual(
      guests.flatMap(({ problems }) => problems),
      [],
    );
  });
});
