/*
 * Recordings from the request to the signed webhook and the files behind its links: who is seen and heard where and when, as
 * the test's own clock and eyes have it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { sees, until } from "../lib/expectations.mjs";
import { decodes, download, Film, probe } from "../lib/film.mjs";
import { GStreamerPeer } from "../lib/gstreamerPeer.mjs";
import { Guest } from "../lib/guest.mjs";
import { ada, ben, cleo } from "../lib/people.mjs";
import { figure, stretched } from "../lib/stack.mjs";
import { beepAndFlashFile } from "../lib/syntheticMedia.mjs";
import { WebhookReceiver } from "../lib/webhookReceiver.mjs";

const api = new Api();
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const now = () => Date.now() / 1000;
const secondsOf = (time) => Date.parse(time) / 1000;
let hooks;

before(async () => {
  hooks = await WebhookReceiver.open(api, ["recording.*", "composite.*"]);
});

after(() => hooks?.close(api));

/** Waits for the last event about a recording, which must be the only one of its kind. */
async function completed(recording) {
  const event = await hooks.next(/^recording\.(completed|failed)$/, recording, { within: stretched(60_000) });
  assert.equal(event.type, "recording.completed", JSON.stringify(event.data.recording));
  assert.equal(hooks.of(recording).filter(({ type }) => /^recording\.(completed|failed)$/.test(type)).length, 1);
  assert.equal((await api.recording(recording)).state, "completed");
  return event.data;
}

const ofKind = (files, kind) => files.filter((file) => file.kind === kind);

/** Of pictures and sound: chapters are a stream, too. */
const codecsOf = ({ streams }) =>
  streams
    .filter(({ codec_type }) => codec_type !== "data")
    .map(({ codec_name }) => codec_name)
    .sort();

async function timelineOf(files, name) {
  return JSON.parse(readFileSync(await download(ofKind(files, "timeline")[0], name), "utf8"));
}

/* These scenarios do not touch each other: they run side by side. */
describe("a recording", { concurrency: true }, () => {
  test("of three people, one late, one leaving early, one muted, is what they saw and heard", async (t) => {
    const room = await api.createRoom({ name: `recorded-${Date.now()}` });
    const guests = await Promise.all([ada, ben, cleo].map((person) => Guest.withChromium(person)));
    t.after(async () => {
      await Promise.all(guests.map((guest) => guest.close()));
      await api.endRoom(room.id).catch(() => undefined);
    });
    const [adaHere, benHere, cleoHere] = guests;
    const indicator = (guest) => guest.page.textContent("[data-testid=recording]");
    const tells = (guest, text) =>
      until(
        `${guest.name}'s page says "${text}"`,
        async () => {
          const last = await indicator(guest);
          return { isDone: last === text, last };
        },
        { within: stretched(10_000) },
      );

    await adaHere.join((await api.invite(room.id, ada)).joinUrl);
    await benHere.join((await api.invite(room.id, ben)).joinUrl);
    await cleoHere.open((await api.invite(room.id, cleo)).joinUrl);
    await sees(adaHere, benHere);
    await sees(benHere, adaHere);

    const { id } = await api.startRecording(room.id, {
      layout: { type: "grid", showNames: false, background: "#000000" },
      startedBy: "Ada Lovelace",
    });
    const words = "Recording, started by Ada Lovelace";
    await Promise.all([adaHere, benHere].map((guest) => tells(guest, words)));
    const { data: begun } = await hooks.next(/^recording\.started$/, id);
    assert.equal(begun.recording.startedBy, "Ada Lovelace");
    await wait(6);

    const cleoClicked = now();
    await cleoHere.click("join-button");
    await sees(adaHere, cleoHere);
    const cleoSeen = now();
    await tells(cleoHere, words);
    assert.equal(await cleoHere.page.getAttribute("[data-testid=recording]", "role"), "status", "it is read aloud");
    await adaHere.screenshot("recording-1280");
    await wait(5);

    const benMuted = now();
    await benHere.click("microphone-button");
    await wait(5);

    const adaLeft = now();
    await adaHere.click("leave-button");
    await adaHere.message();
    await wait(5);

    const stopped = now();
    await api.stopRecording(id);
    await api.stopRecording(id); // once more is no error
    await tells(benHere, "");
    const { recording, files, filesTruncated } = await completed(id);
    assert.ok(!filesTruncated);
    assert.equal(recording.endReason, "stopped");
    t.diagnostic(`completed ${(now() - stopped).toFixed(1)} s after the stop`);

    // --- the film
    const [listed] = ofKind(files, "composite");
    const path = await download(listed, "three");
    const facts = await probe(path);
    assert.deepEqual(codecsOf(facts), ["aac", "h264"]);
    assert.deepEqual([listed.width, listed.height], [1280, 720]);
    const bytes = readFileSync(path);
    assert.ok(bytes.indexOf("moov") < bytes.indexOf("mdat"), "it can be played while it is downloaded");
    const began = secondsOf(recording.startedAt);
    const length = Number(facts.format.duration);
    assert.ok(Math.abs(length - (stopped - began)) < stretched(2_000) / 1000, `${length} s, ${stopped - began} s`);
    const film = await Film.open(path);
    assert.ok(Math.abs(film.length - length) < 0.1);

    // Cells as people see them: two side by side, a third below in the middle.
    const pair = [0.25, 0.75].map((x) => [x, 0.5]);
    const three = [...[0.25, 0.75].map((x) => [x, 0.25]), [0.5, 0.75]];
    const seen = (at, cells) => cells.map((cell) => film.colourAt(at, cell));
    const first = (what, from, isSo) => {
      for (let at = from; at < film.length; at += 1 / 30) {
        if (isSo(at)) {
          return at;
        }
      }
      assert.fail(`${what}: never in the film`);
    };
    const both = (at) => seen(at, pair).sort().join() === "green,red";
    const cameUp = first("both", 0, both);
    assert.ok(cameUp < 2, `both are seen after ${cameUp} s`);
    const [left, right] = seen(cameUp, pair);
    const cleoCame = first("Cleo", cameUp, (at) => film.colourAt(at, three[2]) === "blue");
    assert.ok(
      cleoCame + began > cleoClicked && cleoCame + began < cleoSeen + stretched(1_000) / 1000,
      `Cleo came between ${cleoClicked - began} and ${cleoSeen - began}: ${cleoCame}`,
    );
    const adaWent = first("Ada's end", cleoCame, (at) => seen(at, pair).join() === "green,blue");
    assert.ok(
      adaWent + began > adaLeft - 0.1 && adaWent + began < adaLeft + stretched(2_500) / 1000,
      `Ada left at ${adaLeft - began}: ${adaWent}`,
    );
    const everywhere = (from, to, isSo, what) => {
      for (let at = from; at < to; at += 0.2) {
        assert.ok(isSo(at), `${what} at ${at.toFixed(1)} s: ${seen(at, pair)} | ${seen(at, three)}`);
      }
    };
    everywhere(cameUp, cleoClicked - began, (at) => seen(at, pair).join() === [left, right].join(), "two");
    everywhere(cleoCame, adaLeft - began, (at) => seen(at, three).join() === [left, right, "blue"].join(), "three");
    everywhere(adaWent, film.length - 0.2, (at) => seen(at, pair).join() === "green,blue", "two again");

    // Ben's camera counts on, in two places.
    for (const [from, place, width] of [
      [cameUp + 1, pair[left === "green" ? 0 : 1], 628 / 1280],
      [adaWent + 1, pair[0], 628 / 1280],
    ]) {
      const counts = [];
      for (let at = from; at < from + 3; at += 1 / 30) {
        const count = film.counterAt(at, place, width);
        if (count !== undefined && count !== counts.at(-1)) {
          counts.push(count);
        }
      }
      const steps = counts.slice(1).map((count, at) => (count - counts[at] + 60) % 60);
      assert.ok(counts.length >= 10 && steps.every((step) => step < 30), `Ben's frames from ${from} s: ${counts}`);
    }

    // Tones: on within a second of a change, never where they do not belong.
    const heard = (from, to) => [ada, ben, cleo].map(({ tone }) => film.tone(tone, from, to) > 0.03);
    const silent = (from, to) => [ada, ben, cleo].map(({ tone }) => film.tone(tone, from, to) < 0.005);
    const muted = benMuted - began;
    assert.deepEqual(heard(cameUp + 1, cleoClicked - began), [true, true, false], "two are heard");
    assert.deepEqual(silent(cameUp + 1, cleoClicked - began), [false, false, true]);
    assert.deepEqual(heard(cleoCame + 1, muted - 0.5), [true, true, true], "three are heard");
    assert.deepEqual(heard(muted + 1.5, adaLeft - began), [true, false, true], "Ben is muted");
    assert.deepEqual(silent(muted + 1.5, adaLeft - began), [false, true, false]);
    assert.deepEqual(heard(adaWent + 1, film.length - 0.5), [false, false, true], "Ada is gone");
    assert.deepEqual(silent(adaWent + 1, film.length - 0.5), [true, true, false]);

    // --- the tracks
    const tracks = ofKind(files, "track");
    assert.deepEqual(
      tracks.map(({ identity, source }) => `${identity} ${source}`).sort(),
      ["ada", "ben", "cleo"].flatMap((who) => [`${who} camera`, `${who} microphone`]),
    );
    for (const track of tracks) {
      const name = await download(track, "three");
      const isCamera = track.source === "camera";
      assert.ok((await decodes(name)) > (isCamera ? 40 : 200), track.name);
      assert.deepEqual(track.codecs, [isCamera ? "vp8" : "opus"]);
      assert.equal((await probe(name)).streams[0].codec_name, track.codecs[0]);
    }
    const cleos = tracks.find(({ identity, source }) => identity === "cleo" && source === "camera");
    assert.ok(secondsOf(cleos.startedAt) > cleoClicked && secondsOf(cleos.startedAt) < cleoSeen + 0.5);
    const adas = tracks.find(({ identity, source }) => identity === "ada" && source === "camera");
    assert.ok(Math.abs(secondsOf(adas.endedAt) - adaLeft) < stretched(2_000) / 1000);

    // --- what lies beside them
    const timeline = await timelineOf(files, "three");
    assert.equal(timeline.endReason, "stopped");
    assert.deepEqual(timeline.outages, []);
    const mutedIn = timeline.tracks.filter((track) => track.muted.length > 0);
    assert.equal(mutedIn.length, 1);
    assert.ok(Math.abs(mutedIn[0].muted[0].fromMs / 1000 - muted) < stretched(1_000) / 1000, "the mute is in it");
    for (const kind of ["poster", "contact_sheet"]) {
      const [stream] = (await probe(await download(ofKind(files, kind)[0], "three"))).streams;
      assert.equal(stream.codec_name, "mjpeg", kind);
    }
    assert.equal(ofKind(files, "chapters").length, timeline.speakers.length > 0 ? 1 : 0);
    assert.equal(facts.chapters.length > 0, timeline.speakers.length > 0);

    // --- another film of the same meeting
    const again = await api.createComposite(id, {
      layout: { type: "speaker", width: 640, height: 360, framesPerSecond: 15 },
      format: "webm",
    });
    const made = await until(
      "the second film",
      () => {
        const last = hooks.of(id).find(({ type, data }) => /^composite\./.test(type) && data.composite.id === again.id);
        return { isDone: last !== undefined, last };
      },
      { within: stretched(60_000) },
    );
    assert.equal(made.type, "composite.completed", JSON.stringify(made.data.composite));
    const second = await probe(await download(ofKind(made.data.files, "composite")[0], "three-speaker"));
    assert.deepEqual(codecsOf(second), ["opus", "vp9"]);
    assert.ok(Math.abs(Number(second.format.duration) - length) < 0.2);
    assert.deepEqual(
      guests.flatMap(({ problems }) => problems),
      [],
    );
  });

  test("keeps beep and flash together", async (t) => {
    const room = await api.createRoom({ name: `beeps-${Date.now()}` });
    const { token } = await api.invite(room.id, ben);
    const player = GStreamerPeer.play(`${api.url}/v1/whip/${room.id}`, token, await beepAndFlashFile());
    t.after(async () => {
      player.close();
      await api.endRoom(room.id).catch(() => undefined);
    });
    await player.connected();
    const { id } = await api.startRecording(room.id, { layout: { width: 640, height: 360, showNames: false } });
    await hooks.next(/^recording\.started$/, id);
    await wait(12);
    await api.stopRecording(id);
    const { files } = await completed(id);
    const film = await Film.open(await download(ofKind(files, "composite")[0], "beeps"));
    await timelineOf(files, "beeps"); // kept for whoever looks into a failure
    await Promise.all(ofKind(files, "track").map((track) => download(track, "beeps")));
    const [flashes, beeps] = [film.flashes(), film.beeps()];
    const offsets = flashes.flatMap((flash) => {
      const beep = beeps.find((one) => Math.abs(one - flash) < 0.5);
      return beep === undefined ? [] : [(beep - flash) * 1000];
    });
    assert.ok(offsets.length >= 9, `${flashes} | ${beeps}`);
    const worst = offsets.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most));
    const mean = offsets.reduce((sum, one) => sum + one) / offsets.length;
    figure(
      t,
      `sound is ${mean.toFixed(0)} ms behind the picture on average, ${worst.toFixed(0)} ms at most, over ${offsets.length} flashes`,
    );
    assert.ok(Math.abs(worst) <= 40, `${offsets}`);
  });

  test("begins by itself with the first who joins, and outlasts an absence that is short", async (t) => {
    const room = await api.createRoom({
      name: `by-itself-${Date.now()}`,
      recording: { policy: "automatic", mode: "tracks", stopAfterSeconds: 6 },
    });
    const publishers = [];
    t.after(async () => {
      publishers.forEach((publisher) => publisher.close());
      await api.endRoom(room.id).catch(() => undefined);
    });
    const enter = async () => {
      const { token } = await api.invite(room.id, cleo);
      const publisher = GStreamerPeer.publish(`${api.url}/v1/whip/${room.id}`, token, cleo);
      publishers.push(publisher);
      await publisher.connected();
      return publisher;
    };
    const stays = await enter();
    const [{ id, automatic }] = await until(
      "a recording begins",
      async () => {
        const last = await api.recordingsOf(room.id);
        return { isDone: last[0]?.state === "recording", last };
      },
      { within: stretched(10_000) },
    );
    assert.equal(automatic, true);
    await wait(4);
    await stays.leave();
    await wait(1);
    const back = await enter();
    await wait(4);
    assert.equal((await api.recording(id)).state, "recording", "one recording, over the absence");
    await back.leave();
    const left = now();
    const { recording, files } = await completed(id);
    const grace = secondsOf(recording.endedAt) - left;
    assert.ok(grace > 4 && grace < 6 + stretched(4_000) / 1000, `it ended ${grace} s after the last had left`);
    assert.equal((await api.recordingsOf(room.id)).length, 1);
    assert.equal(ofKind(files, "composite").length, 0);
    assert.equal(ofKind(files, "track").length, 4, "two tracks, twice");
    for (const track of ofKind(files, "track")) {
      await decodes(await download(track, "by-itself"));
    }
  });
});

test("nothing came that was not genuine", () => assert.deepEqual(hooks.refused, []));
