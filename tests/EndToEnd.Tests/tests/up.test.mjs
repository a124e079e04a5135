/* infra/local/up itself: one clear sentence when something is wrong, a link when asked, nothing left running ever. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import dgram from "node:dgram";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "../lib/expectations.mjs";
import { figure, isAlive, processes, stretched } from "../lib/stack.mjs";

const program = fileURLToPath(new URL("../../../infra/local/up", import.meta.url));
const theirs = process.env.EVENTMEET_STATE;
let state;
let ports;
let roomBefore;

before(async () => {
  // A state of its own, with the programs that are built already.
  state = mkdtempSync(path.join(os.tmpdir(), "eventmeet-up-"));
  symlinkSync(path.join(theirs, "bin"), path.join(state, "bin"));
  const [api, bus, blobs, media] = [await freePorts(1), await freePorts(1), await freePorts(3), await freePorts(8)];
  ports = { port: api, "bus-port": bus, "storage-port": blobs, "media-port": media };
});

afterEach(async () => {
  await until(
    "nothing is left running",
    () => {
      const last = leftovers();
      return { isDone: last.length === 0, last };
    },
    { within: stretched(5_000) },
  );
});

after(() => rmSync(state, { recursive: true, force: true }));

/** The first of so many free ports in a row. */
async function freePorts(count) {
  const isFree = (port) =>
    new Promise((resolve) => {
      const server = net.createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
  for (let first = 30_000 + Math.floor(Math.random() * 20_000); ; first += count) {
    const all = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (all.every(Boolean)) {
      return first;
    }
  }
}

/** Whatever still runs with our state folder in its arguments or environment. */
function leftovers() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const read = (file) => readFileSync(`/proc/${pid}/${file}`, "latin1");
        return (read("cmdline") + read("environ")).includes(state) ? [`${pid} ${read("cmdline")}`] : [];
      } catch {
        return []; // it has ended
      }
    });
}

function start(more = [], { environment = process.env, stateFolder = state } = {}) {
  const options = Object.entries(ports).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const words = ["--no-build", "--state", stateFolder, ...options, ...more];
  const child = spawn(program, words, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const run = { child, output: "", complaint: "" };
  child.stdout.on("data", (text) => (run.output += text));
  child.stderr.on("data", (text) => (run.complaint += text));
  run.ended = new Promise((resolve) => child.on("close", (code) => resolve(code)));
  return run;
}

/** It must end by itself, with one sentence. */
async function complains(words, more, options) {
  const run = start(more, options);
  assert.equal(await run.ended, 1, run.output + run.complaint);
  assert.match(run.complaint, words);
  assert.match(run.complaint, /^infra\/local\/up: [^\n]+\n$/, "one line");
}

async function ready(run) {
  await until(
    "EventMeet is ready",
    () => {
      assert.equal(run.child.exitCode, null, run.output + run.complaint);
      return { isDone: run.output.includes("Ctrl-C stops everything"), last: run.output };
    },
    { within: stretched(20_000) },
  );
  return Number(/([\d.]+) s {2}EventMeet is ready/.exec(run.output)[1]);
}

function linkOf(run) {
  const [, link] = /Join +(http\S+)/.exec(run.output);
  assert.match(link, /\/meet\/\?room=[^#]+#token=/);
  return link;
}

async function ends(run, signal) {
  run.child.kill(signal);
  assert.equal(await run.ended, 0, run.complaint);
  assert.equal(run.complaint, "");
  assert.ok(!existsSync(path.join(state, "eventmeet.env")), "the environment file is gone");
}

test("an unknown option is named", () => complains(/there is no option --nonsense/, ["--nonsense"]));

test("an option without its value is named", () => complains(/--room needs a value/, ["--room"]));

test("a port that is none is named", () => complains(/"http" is no port number/, ["--port", "http"]));

for (const name of ["port", "bus-port", "storage-port"]) {
  test(`a taken ${name} is named`, async () => {
    const server = net.createServer();
    await new Promise((resolve) => server.listen(ports[name], "127.0.0.1", resolve));
    await complains(new RegExp(`port ${ports[name]} is taken`)).finally(() => server.close());
  });
}

test("a taken media port is named", async () => {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve) => socket.bind(ports["media-port"], "127.0.0.1", resolve));
  await complains(new RegExp(`media port ${ports["media-port"]} is taken`)).finally(() => socket.close());
});

test("a missing tool is named", async () => {
  const folder = path.join(state, "tools");
  mkdirSync(folder);
  for (const from of process.env.PATH.split(":").filter((one) => existsSync(one))) {
    for (const name of readdirSync(from)) {
      if (name !== "node" && name !== "nodejs" && !existsSync(path.join(folder, name))) {
        try {
          symlinkSync(path.join(from, name), path.join(folder, name));
        } catch (error) {
          assert.equal(error.code, "EEXIST"); // a link that leads nowhere
        }
      }
    }
  }
  await complains(/Node\.js is missing/, [], { environment: { ...process.env, PATH: folder } });
});

test("a second start in the same state says that one runs, and leaves it alone", async () => {
  await complains(/already runs/, [], { stateFolder: theirs });
  assert.ok(Object.values(processes()).flat().every(isAlive));
});

test("--room prints a link to a page; SIGINT, as Ctrl-C sends it, stops everything", async () => {
  const run = start(["--room", "standup"]);
  await ready(run);
  const link = linkOf(run);
  roomBefore = new URL(link).searchParams.get("room");
  const page = await fetch(link);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/i);
  await ends(run, "SIGINT");
});

test("a second start is ready soon, knows its room still, and SIGTERM stops everything", async (t) => {
  const run = start(["--room", "standup"]);
  const seconds = await ready(run);
  figure(t, `a second start was ready after ${seconds} s`);
  assert.ok(seconds * 1000 < stretched(8_000), `${seconds} s`);
  assert.equal(new URL(linkOf(run)).searchParams.get("room"), roomBefore);
  await ends(run, "SIGTERM");
});
