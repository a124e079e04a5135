import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { colourNamed, until } from "./expectations.mjs";
import { cameraFile } from "./syntheticMedia.mjs";

const program = fileURLToPath(new URL("gstreamerPeer.py", import.meta.url));

/** GStreamer's webrtcbin as a WHIP publisher or a WHEP viewer (lib/gstreamerPeer.py). */
export class GStreamerPeer {
  /** Everything it said, by event, newest last; of pictures and sounds the last hundred. */
  said = { session: [], state: [], picture: [], sound: [], deleted: [], failed: [] };
  #process;
  #ended;

  static publish(url, token, { colour, tone }) {
    return new GStreamerPeer(["publish", url, cameraFile(colour), String(tone)], token);
  }

  /** A film that beeps and flashes at once, every second. */
  static play(url, token, film) {
    return new GStreamerPeer(["play", url, film], token);
  }

  static view(url, token) {
    return new GStreamerPeer(["view", url], token);
  }

  constructor(words, token) {
    // Debian's Python, which has the bindings; another one may come first in the path.
    this.#process = spawn("/usr/bin/python3", [program, ...words], { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdin.on("error", () => undefined);
    this.#process.stdin.write(`${token}\n`);
    this.#ended = new Promise((resolve) => this.#process.on("close", resolve));
    createInterface(this.#process.stdout).on("line", (line) => {
      const { event, ...fields } = JSON.parse(line);
      const all = this.said[event];
      all.push(fields);
      if (all.length > 100) {
        all.shift();
      }
    });
  }

  async connected() {
    await until("GStreamer is connected", () => this.#look("state", ({ value }) => value === "connected"), {
      within: 30_000,
    });
    return this.said.session[0];
  }

  /** Decodes pictures of this colour that move. */
  sees(colour) {
    return until(
      `GStreamer sees ${colour}, moving`,
      () => {
        this.#complain();
        const right = this.said.picture.filter((picture) => colourNamed(picture.colour) === colour);
        const isDone = new Set(right.map(({ row }) => row)).size >= 4;
        return { isDone, last: { picture: this.said.picture.at(-1), right: right.length } };
      },
      { within: 30_000 },
    );
  }

  hears(tone) {
    return until(`GStreamer hears ${tone} Hz`, () => this.#look("sound", ({ hertz }) => Math.abs(hertz - tone) < 20), {
      within: 30_000,
    });
  }

  /** Deletes its session, says with which status, and ends. */
  async leave() {
    this.#process.stdin.end();
    await this.#ended;
    return this.said.deleted[0]?.status;
  }

  close() {
    this.#process.kill("SIGKILL");
  }

  #look(event, isRight) {
    this.#complain();
    const last = this.said[event].at(-1);
    return { isDone: last !== undefined && isRight(last), last };
  }

  #complain() {
    if (this.said.failed.length > 0) {
      throw new Error(`GStreamer: ${this.said.failed[0].why}`);
    }
  }
}
