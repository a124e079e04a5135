/*
 * The checks checked: two RTCPeerConnections in one page, so that what the checks say about colours, counters and tones
 * is known to be right before a server is judged by them. Needs browsers, but no server.
 */
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { colourNamed, until } from "../lib/expectations.mjs";
import { Guest } from "../lib/guest.mjs";
import { blocksOf, colours, frames } from "../lib/syntheticMedia.mjs";

let server;
let url;

before(async () => {
  server = http.createServer((_, response) =>
    response
      .setHeader("Content-Type", "text/html")
      .end("<!doctype html><video autoplay muted playsinline></video><audio autoplay></audio>"),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}/`;
});

after(() => server.close());

/** Sends camera and microphone from one connection to another within the page. */
async function connect() {
  const local = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
  from.onicecandidate = ({ candidate }) => candidate && to.addIceCandidate(candidate);
  to.onicecandidate = ({ candidate }) => candidate && from.addIceCandidate(candidate);
  to.ontrack = ({ track }) => {
    document.querySelector(track.kind).srcObject = new MediaStream([track]);
    window[`${track.kind}Track`] = track;
  };
  window.senders = local.getTracks().map((track) => from.addTrack(track, local));
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
}

async function checksHold(guest) {
  await guest.page.goto(url);
  await guest.page.evaluate(connect);
  const counters = new Set();
  await until("the counter moves", async () => {
    const last = JSON.parse(
      await guest.page.evaluate(() => JSON.stringify(window.checks.look(document.querySelector("video")))),
    );
    if (last.counter !== undefined && colourNamed(last.colour) === guest.colour) {
      counters.add(last.counter);
    }
    return { isDone: counters.size >= 8, last: { ...last, counters: [...counters] } };
  });
  const hear = () => guest.page.evaluate(() => window.checks.listen(window.audioTrack));
  await until("the tone arrives", async () => {
    const last = await hear();
    return { isDone: Math.abs(last - guest.tone) < 15, last };
  });
  await guest.page.evaluate(() => Promise.all(window.senders.map((sender) => sender.replaceTrack(null))));
  await until("silence is silence", async () => {
    const last = await hear();
    return { isDone: last === 0, last };
  });
}

test("the colours are told apart and nothing else is taken for one", () => {
  for (const [name, colour] of Object.entries(colours)) {
    assert.equal(colourNamed(colour), name);
    assert.equal(colourNamed(colour.map((part) => Math.min(255, part + 20))), name);
  }
  assert.equal(colourNamed([0, 0, 0]), undefined);
  assert.equal(colourNamed([128, 128, 128]), undefined);
  assert.equal(colourNamed([255, 255, 255]), undefined);
});

test("every frame has its own blocks", () => {
  assert.equal(new Set(Array.from({ length: frames }, (_, frame) => blocksOf(frame).join(""))).size, frames);
});

test("Chromium's files are seen and heard", async () => {
  const guest = await Guest.withChromium({ name: "Ada", identity: "ada", colour: "amber", tone: 620 });
  try {
    await checksHold(guest);
  } finally {
    await guest.close();
  }
});

test("Firefox's canvas and oscillator are seen and heard", async () => {
  const guest = await Guest.withFirefox({ name: "Fay", identity: "fay", colour: "magenta", tone: 1250 });
  try {
    await checksHold(guest);
  } finally {
    await guest.close();
  }
});
