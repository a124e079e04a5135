import assert from "node:assert/strict";
import { colours } from "./syntheticMedia.mjs";

/** Asks until the answer satisfies; fails with the last answer. */
export async function until(what, ask, { within = 10_000, every = 50 } = {}) {
  const deadline = performance.now() + within;
  for (;;) {
    const { isDone, last } = await ask();
    if (isDone) {
      return last;
    }
    if (performance.now() > deadline) {
      assert.fail(`${what}: not within ${within} ms; last seen: ${JSON.stringify(last)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** Which of the synthetic cameras has this colour. */
export function colourNamed(rgb) {
  const distance = ([r, g, b]) => Math.hypot(r - rgb[0], g - rgb[1], b - rgb[2]);
  const [name, colour] = Object.entries(colours).reduce((best, next) =>
    distance(next[1]) < distance(best[1]) ? next : best,
  );
  return distance(colour) < 70 ? name : undefined;
}

/** The viewer's page shows this person's camera, and it moves. */
export async function sees(viewer, person, { within = 15_000 } = {}) {
  const counters = new Set();
  return until(
    `${viewer.name} sees ${person.name}`,
    async () => {
      const last = await viewer.seen(person.identity);
      const isRight = last.isPlaying && colourNamed(last.colour) === person.colour;
      if (isRight && last.counter !== undefined) {
        counters.add(last.counter);
      }
      return { isDone: counters.size >= 4, last: { ...last, counters: [...counters] } };
    },
    { within },
  );
}

/** The viewer's page plays this person's tone. */
export function hears(viewer, person, { within = 15_000 } = {}) {
  return until(
    `${viewer.name} hears ${person.name} at ${person.tone} Hz`,
    async () => {
      const last = await viewer.heard(person.identity);
      return { isDone: Math.abs(last - person.tone) < 15, last };
    },
    { within },
  );
}

export function hearsNothingOf(viewer, person, { within = 5_000 } = {}) {
  return until(
    `${viewer.name} hears nothing of ${person.name}`,
    async () => {
      const last = await viewer.heard(person.identity);
      return { isDone: last === 0, last };
    },
    { within },
  );
}

/** A person's tile has these data attributes. */
export function shows(viewer, person, wanted, { within = 5_000, source = "camera" } = {}) {
  return until(
    `${viewer.name}'s tile of ${person.name} is ${JSON.stringify(wanted)}`,
    async () => {
      const last = await viewer.seen(person.identity, source);
      return { isDone: Object.entries(wanted).every(([key, value]) => last[key] === value), last };
    },
    { within, every: 20 },
  );
}
