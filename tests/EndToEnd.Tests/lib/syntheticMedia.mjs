/*
 * Cameras and microphones that can be told apart. A camera is one colour with a row of eight blocks at the bottom:
 *
 *   | white | bit 5 | bit 4 | bit 3 | bit 2 | bit 1 | bit 0 | parity |      black 0, white 1; even parity over the bits
 *
 * which count frames from 0 to 59. A microphone is one tone.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const width = 320;
export const height = 180;
export const framesPerSecond = 15;
export const frames = 60;
const sampleRate = 48_000;
const toneSeconds = 2;
const filmSeconds = 200;

const run = promisify(execFile);

/** Far enough apart to survive any codec. */
export const colours = {
  red: [200, 40, 40],
  green: [40, 170, 60],
  blue: [50, 70, 210],
  amber: [225, 170, 40],
  magenta: [190, 50, 190],
  cyan: [40, 190, 200],
};

const folder = fileURLToPath(new URL("../../../artifacts/end-to-end/media/", import.meta.url));

/** The bits of a frame as they are drawn, left to right. */
export function blocksOf(frame) {
  const bits = [5, 4, 3, 2, 1, 0].map((bit) => (frame >> bit) & 1);
  return [1, ...bits, bits.reduce((sum, bit) => sum ^ bit, 0)];
}

/** A y4m file for --use-file-for-fake-video-capture, made once. */
export function cameraFile(colour) {
  return made(`camera-${colour}.y4m`, () => {
    const [r, g, b] = colours[colour];
    // BT.601, 8 bits, studio range.
    const y = 16 + (65.5 * r + 128.6 * g + 25 * b) / 255;
    const u = 128 + (-37.8 * r - 74.2 * g + 112 * b) / 255;
    const v = 128 + (112 * r - 93.8 * g - 18.2 * b) / 255;
    const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`)];
    for (let frame = 0; frame < frames; frame++) {
      parts.push(Buffer.from("FRAME\n"), picture(frame, Math.round(y), Math.round(u), Math.round(v)));
    }
    return Buffer.concat(parts);
  });
}

/** A WebM file, VP8 and Opus: a tenth of a second of light and a tone at each second's beginning. Made once, aside: it takes a while. */
export async function beepAndFlashFile() {
  const file = path.join(folder, "beep-and-flash.webm");
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const now = "lt(mod(t\\,1)\\,0.1)";
    const picture = `color=c=black:s=160x90:r=30:d=${filmSeconds},drawbox=c=white:t=fill:enable='${now}'`;
    const sound = `aevalsrc=0.5*sin(2*PI*1000*t)*${now}:s=${sampleRate}:d=${filmSeconds}`;
    const inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound];
    const video = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "16", "-b:v", "200k", "-g", "30"];
    const part = `${file}.${process.pid}`; // it appears whole
    await run("ffmpeg", ["-v", "error", "-y", ...inputs, ...video, "-c:a", "libopus", "-f", "webm", part]);
    renameSync(part, file);
  }
  return file;
}

/** A wav file for --use-file-for-fake-audio-capture, made once; whole periods, so that it loops without a click. */
export function toneFile(hertz) {
  return made(`tone-${hertz}.wav`, () => {
    const samples = Buffer.alloc(sampleRate * toneSeconds * 2);
    for (let at = 0; at < sampleRate * toneSeconds; at++) {
      samples.writeInt16LE(Math.round(9_000 * Math.sin((2 * Math.PI * hertz * at) / sampleRate)), at * 2);
    }
    const header = Buffer.alloc(44);
    header.write("RIFF", 0);
    header.writeUInt32LE(36 + samples.length, 4);
    header.write("WAVEfmt ", 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(sampleRate, 24);
    header.writeUInt32LE(sampleRate * 2, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write("data", 36);
    header.writeUInt32LE(samples.length, 40);
    return Buffer.concat([header, samples]);
  });
}

function picture(frame, y, u, v) {
  const planes = Buffer.alloc((width * height * 3) / 2);
  planes.fill(y, 0, width * height);
  planes.fill(u, width * height, (width * height * 5) / 4);
  planes.fill(v, (width * height * 5) / 4);
  const block = width / 8;
  blocksOf(frame).forEach((bit, index) => {
    for (let row = height - block; row < height; row++) {
      planes.fill(bit ? 235 : 16, row * width + index * block, row * width + (index + 1) * block);
    }
    for (let row = (height - block) / 2; row < height / 2; row++) {
      for (const plane of [width * height, (width * height * 5) / 4]) {
        const start = plane + row * (width / 2) + (index * block) / 2;
        planes.fill(128, start, start + block / 2);
      }
    }
  });
  return planes;
}

function made(name, make) {
  const file = path.join(folder, name);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, make());
  }
  return file;
}
