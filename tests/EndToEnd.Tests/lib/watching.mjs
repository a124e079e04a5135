import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const script = readFileSync(new URL("frameWatch.js", import.meta.url), "utf8");

/** Watches everybody's picture on everybody's page for gaps. Call again to begin anew. */
export async function watchFrames(guests) {
  for (const guest of guests) {
    await guest.page.evaluate(script);
    const others = guests.filter((other) => other !== guest).map(({ identity }) => identity);
    await guest.page.evaluate((identities) => window.frameWatch.start(identities), others);
  }
}

/** The longest gap on any page, in milliseconds; a page that stood still itself is not held against the server. */
export async function longestGap(guests) {
  const seen = await Promise.all(
    guests.map(async (guest) => ({ name: guest.name, ...(await guest.page.evaluate(() => window.frameWatch.read())) })),
  );
  const stalledMs = Math.max(...seen.map((page) => page.stalledMs));
  const gaps = seen.flatMap(({ name, watched }) =>
    Object.entries(watched).map(([identity, { longestMs, total }]) => ({ name, identity, longestMs, total })),
  );
  const worst = gaps.reduce((most, gap) => (gap.longestMs > most.longestMs ? gap : most));
  assert.ok(
    gaps.every(({ total }) => total > 0),
    `every picture moves: ${JSON.stringify(gaps)}`,
  );
  return { ...worst, longestMs: Math.round(worst.longestMs), stalledMs };
}
