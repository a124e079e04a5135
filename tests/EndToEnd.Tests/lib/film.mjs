/* Films and sound files looked at frame by frame and sample by sample, with ffmpeg and ffprobe. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { colourNamed } from "./expectations.mjs";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../../artifacts/end-to-end/films/", import.meta.url));
const most = { maxBuffer: 1 << 30, encoding: "buffer" };
const sampleRate = 48_000;

/** Fetches a file by its link, compares size and SHA-256 with what was said of it, and keeps it. */
export async function download(file, name) {
  // Whatever reads a URL takes it as it is: nothing in it is left to be escaped.
  assert.equal(new URL(file.downloadUrl).href, file.downloadUrl);
  const response = await fetch(file.downloadUrl);
  assert.equal(response.status, 200, `${file.name}: ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(bytes.length, file.bytes, file.name);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), file.sha256, file.name);
  mkdirSync(folder, { recursive: true });
  const kept = path.join(folder, `${name}-${file.name.replaceAll("/", "-")}`);
  writeFileSync(kept, bytes);
  return kept;
}

export async function probe(file) {
  const words = ["-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters", file];
  return JSON.parse((await run("ffprobe", words, most)).stdout.toString());
}

/** How many frames or packets of sound a file has; a decoder must not complain of any. */
export async function decodes(file) {
  const { stderr } = await run("ffmpeg", ["-v", "error", "-i", file, "-f", "framecrc", "-"], most);
  assert.equal(stderr.toString(), "", `${file} decodes`);
  const words = ["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", file];
  return Number.parseInt((await run("ffprobe", words, most)).stdout.toString(), 10);
}

/** A film's pictures, small, and its sound. */
export class Film {
  static #width = 160;
  static #height = 90;
  #pixels;
  #samples;
  #framesPerSecond;

  static async open(file, { framesPerSecond = 30 } = {}) {
    const film = new Film();
    film.#framesPerSecond = framesPerSecond;
    const pictures = `fps=${framesPerSecond},scale=${Film.#width}:${Film.#height}`;
    const [video, audio] = await Promise.all([
      run("ffmpeg", ["-v", "error", "-i", file, "-vf", pictures, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], most),
      run("ffmpeg", ["-v", "error", "-i", file, "-ac", "1", "-ar", `${sampleRate}`, "-f", "f32le", "-"], most),
    ]);
    film.#pixels = video.stdout;
    film.#samples = new Float32Array(new Uint8Array(audio.stdout).buffer);
    return film;
  }

  get frames() {
    return this.#pixels.length / (Film.#width * Film.#height * 3);
  }

  /** In seconds. */
  get length() {
    return this.frames / this.#framesPerSecond;
  }

  /** Which synthetic camera is seen there; the place is given as parts of width and height. */
  colourAt(seconds, [x, y]) {
    return colourNamed(this.#mean(this.#frame(seconds), x, y, 3));
  }

  brightnessAt(frame, [x, y]) {
    return this.#mean(frame, x, y, 2).reduce((sum, level) => sum + level) / 3;
  }

  /** What a camera's blocks count, in the cell with this middle and width; undefined where they are not readable. */
  counterAt(seconds, [x, y], width) {
    const frame = this.#frame(seconds);
    const height = width; // as parts of a picture that is as wide as the cell
    const levels = Array.from({ length: 8 }, (_, index) => {
      const rgb = this.#mean(frame, x + width * ((index + 0.5) / 8 - 0.5), y + height * (160 / 180 - 0.5), 1);
      return (rgb[0] + rgb[1] + rgb[2]) / 3;
    });
    const bits = levels.map((level) => (level > 170 ? 1 : level < 85 ? 0 : undefined));
    const counted = bits.slice(1, 7);
    const isValid = bits[0] === 1 && !bits.includes(undefined) && counted.reduce((sum, bit) => sum ^ bit, 0) === bits[7];
    return isValid ? counted.reduce((value, bit) => value * 2 + bit, 0) : undefined;
  }

  /**
   * How loud a tone is between two times: its amplitude, 1 at most. The mean of short pieces of whole periods each, because a
   * microphone that plays a file over and over, or drifts, jumps in phase.
   */
  tone(hertz, from, to) {
    const length = sampleRate / 5;
    const pieces = Math.max(1, Math.floor(((to - from) * sampleRate) / length));
    const first = Math.floor(from * sampleRate);
    const levels = Array.from({ length: pieces }, (_, piece) => this.#level(hertz, first + piece * length, length));
    return levels.reduce((sum, level) => sum + level) / pieces;
  }

  /** When the place turns bright, in seconds. */
  flashes(place = [0.5, 0.5]) {
    const isBright = Array.from({ length: this.frames }, (_, frame) => this.brightnessAt(frame, place) > 128);
    return isBright.flatMap((now, frame) => (now && !isBright[frame - 1] ? [frame / this.#framesPerSecond] : []));
  }

  /** When a sound begins after a tenth of a second of silence, in seconds. */
  beeps() {
    const found = [];
    let lastLoud = -sampleRate;
    this.#samples.forEach((sample, at) => {
      if (Math.abs(sample) > 0.1) {
        if (at - lastLoud > sampleRate / 10) {
          found.push(at / sampleRate);
        }
        lastLoud = at;
      }
    });
    return found;
  }

  #level(hertz, first, length) {
    let [real, imaginary] = [0, 0];
    this.#samples.subarray(first, first + length).forEach((sample, at) => {
      const angle = (2 * Math.PI * hertz * at) / sampleRate;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
    });
    return (2 * Math.hypot(real, imaginary)) / length;
  }

  #frame(seconds) {
    return Math.min(Math.floor(seconds * this.#framesPerSecond), this.frames - 1);
  }

  #mean(frame, x, y, radius) {
    const sums = [0, 0, 0];
    let count = 0;
    const [left, top] = [Math.round(x * Film.#width), Math.round(y * Film.#height)];
    for (let row = top - radius; row <= top + radius; row++) {
      for (let column = left - radius; column <= left + radius; column++) {
        const at = ((frame * Film.#height + row) * Film.#width + column) * 3;
        sums.forEach((_, part) => (sums[part] += this.#pixels[at + part]));
        count++;
      }
    }
    return sums.map((sum) => sum / count);
  }
}
