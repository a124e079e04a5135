/*
 * What a recording loses when processes are killed while it goes on: nothing with the functions, the bus and storage, two seconds and
 * the takeover with its recorder. The room's publisher beeps and flashes at each full second of its own, so that the film itself tells
 * what is missing, and whether what came later is in its place.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { Api } from "../lib/api.mjs";
import { until } from "../lib/expectations.mjs";
import { decodes, download, Film } from "../lib/film.mjs";
import { GStreamerPeer } from "../lib/gstreamerPeer.mjs";
import { ben } from "../lib/people.mjs";
import { figure, isAlive, processes, stretched } from "../lib/stack.mjs";
import { beepAndFlashFile } from "../lib/syntheticMedia.mjs";
import { WebhookReceiver } from "../lib/webhookReceiver.mjs";

const api = new Api();
const logs = path.join(process.env.EVENTMEET_STATE, "logs");
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
/** What may cost a moment of the recording, in order: a recorder always does, a broker when another recorder gets the message first. */
const faults = [];
let hooks;
let room;
let player;
let recording;

before(async () => {
  assert.ok(processes().recorders.length >= 2, "start infra/local/up with --recorders 2");
  hooks = await WebhookReceiver.open(api, ["recording.*", "composite.*"]);
  room = await api.createRoom({ name: `recorded-faults-${Date.now()}` });
  const { token } = await api.invite(room.id, ben);
  player = GStreamerPeer.play(`${api.url}/v1/whip/${room.id}`, token, await beepAndFlashFile());
  await player.connected();
  const layout = { width: 640, height: 360, showNames: false };
  recording = (await api.startRecording(room.id, { layout, startedBy: "Ada" })).id;
  await hooks.next(/^recording\.started$/, recording);
  await wait(3);
});

after(async () => {
  player?.close();
  await hooks?.close(api);
  await api.endRoom(room?.id).catch(() => undefined);
});

async function kill(...pids) {
  pids.forEach((pid) => process.kill(pid, "SIGKILL"));
  await until("they are gone", () => ({ isDone: pids.every((pid) => !isAlive(pid)), last: pids }));
}

/** Everything works again: the API answers and knows that the recording goes on. */
function goesOn() {
  return until(
    "the recording goes on",
    () =>
      api.recording(recording).then(
        ({ state }) => ({ isDone: state === "recording", last: state }),
        ({ message }) => ({ isDone: false, last: message }),
      ),
    { within: stretched(10_000) },
  );
}

/** What recorders say in their logs, oldest first within each: their number, counted from 0, and what the words catch. */
function said(words) {
  return readdirSync(logs)
    .filter((name) => /^recorder(-\d)?\.log$/.test(name))
    .flatMap((name) => {
      const number = Number(/-(\d)/.exec(name)?.[1] ?? 1) - 1;
      return [...readFileSync(path.join(logs, name), "utf8").matchAll(words)].map((match) => ({ number, match }));
    });
}

/** The recording's last take, and which recorder has it; one that died before it began counts too. */
function lastTake() {
  return said(new RegExp(`Recording ${recording} .* is taken, take (\\d+)`, "g"))
    .map(({ number, match }) => ({ number, take: Number(match[1]) }))
    .reduce((last, next) => (next.take > last.take ? next : last), { take: 0 });
}

/** Does a process have others at work, as a recorder has ffmpeg? */
function hasChildren(pid) {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).some((thread) => {
    try {
      return readFileSync(path.join(threads, thread, "children"), "utf8").trim() !== "";
    } catch {
      return false; // a thread that has just ended
    }
  });
}

function takenOver(before) {
  return until(
    `a take after ${before}`,
    () => {
      const last = lastTake();
      return { isDone: last.take > before, last };
    },
    { within: stretched(10_000) },
  );
}

for (const [which, words] of [
  ["handler", "the functions handler"],
  ["broker", "the message broker"],
]) {
  test(`${words} is killed`, async () => {
    if (which === "broker") {
      faults.push({ what: words, at: Date.now(), costs: false });
    }
    await kill(processes()[which]);
    await wait(2);
    await goesOn();
  });
}

test("storage is killed and stays away for ten seconds", async () => {
  // Azurite saves its tables every 5 s and loses what came since: not what this test is about.
  await wait(7);
  const { azurite } = processes();
  await kill(azurite);
  const next = await until("another one is started", () => {
    const last = processes().azurite;
    return { isDone: last !== azurite && isAlive(last), last };
  });
  process.kill(next, "SIGSTOP");
  await wait(10);
  process.kill(next, "SIGCONT");
  await goesOn();
  await wait(3);
});

test("the recorder is killed while another one runs", async () => {
  const { take, number } = lastTake();
  faults.push({ what: "a recorder", at: Date.now(), costs: true });
  await kill(processes().recorders[number]);
  await takenOver(take);
  await wait(5);
  await goesOn();
});

test("all recorders are killed and started again", async () => {
  const { take } = lastTake();
  faults.push({ what: "all recorders", at: Date.now(), costs: true });
  await kill(...processes().recorders);
  await takenOver(take);
  await wait(5);
  await goesOn();
});

test("a recorder is killed in the middle of making the film: another makes it", async () => {
  await api.stopRecording(recording);
  // Not by its percentage: a fast machine makes this film in two seconds.
  const takers = () => said(/Composite \S+ of recording (\S+) is taken/g).filter(({ match }) => match[1] === recording);
  const [maker] = await until(
    "the film is being made",
    () => ({ isDone: takers().length === 1 && hasChildren(processes().recorders[takers()[0].number]), last: takers() }),
    { within: stretched(30_000), every: 20 },
  );
  assert.equal(takers().length, 1);
  await kill(processes().recorders[maker.number]);
  const event = await hooks.next(/^recording\.(completed|failed)$/, recording, { within: stretched(60_000) });
  assert.equal(event.type, "recording.completed", JSON.stringify(event.data.recording));
  assert.equal(takers().length, 2);
});

test("the film is whole but for what the recorders lost, of which the timeline knows, and nothing has moved", async (t) => {
  const [event, ...more] = hooks.of(recording).filter(({ type }) => /^recording\.(completed|failed)$/.test(type));
  assert.deepEqual(more, [], "one last event");
  const { files, recording: facts } = event.data;
  const began = Date.parse(facts.startedAt);
  const read = async (kind) => download(files.find((file) => file.kind === kind), "faults");
  const timeline = JSON.parse(readFileSync(await read("timeline"), "utf8"));
  const { outages, tracks } = timeline;
  assert.ok(timeline.take >= 3);
  // An outage ends before the next fault: what happened last before its end has caused it.
  const known = outages.map((outage) => ({ outage, ...faults.findLast(({ at }) => at - began < outage.toMs) }));
  const causes = known.map(({ what }) => what);
  assert.equal(new Set(causes).size, outages.length, `each fault one outage at most: ${JSON.stringify({ known, faults, began })}`);
  assert.ok(
    faults.every(({ what, costs }) => !costs || causes.includes(what)),
    `an outage for each kill of a recorder: ${causes}`,
  );
  for (const { what, at, costs, outage } of known) {
    const gaps = tracks.flatMap((track) => track.gaps.filter(({ fromMs, toMs }) => fromMs < outage.toMs && toMs >= outage.fromMs));
    assert.ok(gaps.length === tracks.length || !costs, `each track has its gap: ${JSON.stringify(gaps)}`);
    const from = Math.min(outage.fromMs, ...gaps.map(({ fromMs }) => fromMs));
    const [lost, takeover] = [at - began - from, outage.toMs - (at - began)];
    figure(t, `${what} killed: missing from ${lost} ms before it to ${takeover} ms after it`);
    assert.ok(lost <= 2_000, `${lost} ms are lost`);
    assert.ok(takeover > 0 && takeover <= stretched(10_000), `${takeover} ms`);
  }

  const stored = files.filter(({ kind }) => kind === "track");
  assert.equal(stored.length, 2 * (outages.length + 1), "two tracks, a file for each take");
  for (const track of stored) {
    await decodes(await download(track, "faults"));
  }
  assert.ok(tracks.every(({ lostPackets }) => lostPackets === 0));

  const film = await Film.open(await read("composite"));
  assert.ok(Math.abs(film.length - timeline.lengthMs / 1000) < 0.2);
  const [beeps, flashes] = [film.beeps(), film.flashes()];
  // A gap ends with the first frame behind it, which may be in the middle of a mark.
  const isLost = (at) =>
    tracks.some(({ gaps }) => gaps.some(({ fromMs, toMs }) => at * 1000 > fromMs - 150 && at * 1000 < toMs + 100));
  // Each second has its beep and its flash, from the first to the last, in one grid through all takes.
  const grid = beeps[1] % 1;
  const missing = [];
  for (let at = beeps[1]; at < film.length - 1; at++) {
    const isThere = (marks) => marks.some((mark) => Math.abs(mark - at) < 0.06);
    if (!isLost(at) && (!isThere(beeps) || !isThere(flashes))) {
      missing.push(at.toFixed(2));
    }
  }
  assert.deepEqual(missing, [], `grid ${grid}, beeps ${beeps}, flashes ${flashes}`);
});

test("nothing came that was not genuine", () => assert.deepEqual(hooks.refused, []));
