import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Attendance } from "../src/announcer.js";
import { fitGrid, seat, wantedHeight, type Audience } from "../src/arrangement.js";
import { levelOf } from "../src/levelMeter.js";
import { readLink } from "../src/link.js";
import { describeRecording, hueOf, initialsOf, recordingChange } from "../src/words.js";

describe("the recording", () => {
  const none = { active: false, paused: false, recordings: [] };
  const running = { active: true, paused: false, recordings: [{ id: "rec_1", paused: false, startedBy: "Ada" }] };

  it("is named with who started it", () => {
    expect(describeRecording(none)).toBe("");
    expect(describeRecording(running)).toBe("Recording, started by Ada");
    expect(describeRecording({ ...running, paused: true })).toBe("Recording paused, started by Ada");
    expect(describeRecording({ ...running, recordings: [{ id: "rec_2", paused: false }] })).toBe("Recording");
  });

  it("is spoken of when it begins, pauses, goes on and ends", () => {
    expect(recordingChange(none, running)).toBe("This meeting is being recorded");
    expect(recordingChange(running, { ...running, paused: true })).toBe("The recording is paused");
    expect(recordingChange({ ...running, paused: true }, running)).toBe("The recording goes on");
    expect(recordingChange(running, none)).toBe("The recording has stopped");
    expect(recordingChange(running, running)).toBeUndefined();
  });
});

describe("the grid", () => {
  it.each([
    [1, 1280, 600, 1],
    [2, 1280, 600, 2],
    [3, 1280, 600, 2],
    [4, 1280, 600, 2],
    [9, 1280, 600, 3],
    [3, 344, 580, 1],
    [6, 344, 580, 2],
    [25, 1900, 950, 5],
  ])("puts %i tiles on %i × %i in %i columns", (count, width, height, columns) => {
    expect(fitGrid(count, width, height, 10).columns).toBe(columns);
  });

  it("never needs more room than there is and never makes a tile wider than a film", () => {
    for (const [width, height] of [
      [344, 580],
      [1280, 600],
      [1900, 950],
      [320, 200],
      [5, 5],
      [0, 0],
    ] as const) {
      for (let count = 0; count <= 40; count++) {
        const { columns, rows, tileWidth, tileHeight } = fitGrid(count, width, height, 10);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        if (tileWidth > 0) {
          expect(tileWidth * columns + 10 * (columns - 1)).toBeLessThanOrEqual(width);
          expect(tileHeight * rows + 10 * (rows - 1)).toBeLessThanOrEqual(height);
          expect(tileWidth / tileHeight).toBeLessThan(16 / 9 + 0.2);
        }
      }
    }
  });
});

describe("the seating", () => {
  const audience = (change: Partial<Audience> = {}): Audience => ({
    self: "a",
    participants: ["a", "b", "c", "d"].map((id) => ({ id, sharesScreen: false })),
    pinned: undefined,
    dominant: null,
    most: 25,
    ...change,
  });
  const ids = (seats: { participant: string }[]): string => seats.map(({ participant }) => participant).join("");

  it("keeps the order in which people came, whoever speaks", () => {
    const { featured, others, hidden } = seat(audience({ dominant: "d" }));
    expect([featured, ids(others), hidden]).toEqual([undefined, "abcd", 0]);
  });

  it("puts a shared screen in front and leaves its owner's face among the others", () => {
    const participants = ["a", "b"].map((id) => ({ id, sharesScreen: id === "b" }));
    const { featured, others } = seat(audience({ participants }));
    expect(featured).toEqual({ participant: "b", source: "screen_share" });
    expect(ids(others)).toBe("ab");
  });

  it("puts a pinned person in front of everything, and forgets one who left", () => {
    const participants = ["a", "b", "c"].map((id) => ({ id, sharesScreen: id === "b" }));
    expect(seat(audience({ participants, pinned: "c" })).featured).toEqual({ participant: "c", source: "camera" });
    expect(seat(audience({ participants, pinned: "gone" })).featured?.source).toBe("screen_share");
    expect(ids(seat(audience({ pinned: "c" })).others)).toBe("abd");
  });

  it("always has oneself and the speaker when not everybody fits", () => {
    const { others, hidden } = seat(audience({ most: 2, dominant: "d" }));
    expect([ids(others), hidden]).toEqual(["ad", 2]);
    expect(ids(seat(audience({ most: 3, self: undefined })).others)).toBe("abc");
  });
});

it("asks for the picture height that fills the tile", () => {
  expect([100, 200, 300, 700, 1200].map((height) => wantedHeight(height, 1))).toEqual([180, 180, 360, 720, 1080]);
  expect(wantedHeight(300, 3)).toBe(540);
});

describe("the link", () => {
  const at = (text: string): Location => new URL(text) as unknown as Location;
  const memory = (): Storage => {
    const items = new Map<string, string>();
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
    } as never;
  };
  const replaceState = vi.fn();
  const history = { replaceState } as unknown as History;

  it("gives room and token, and takes the token out of the address bar", () => {
    const link = readLink(at("https://meet.example/meet/?room=r1#token=a.b.c"), memory(), history);
    expect(link).toEqual({ url: "https://meet.example", room: "r1", token: "a.b.c" });
    expect(replaceState).toHaveBeenCalledWith(null, "", "/meet/?room=r1");
  });

  it("survives a reload, for the same room and server only", () => {
    const storage = memory();
    readLink(at("https://meet.example/meet/?room=r1#token=a.b.c"), storage, history);
    expect(readLink(at("https://meet.example/meet/?room=r1"), storage, history).token).toBe("a.b.c");
    expect(readLink(at("https://meet.example/meet/?room=r2"), storage, history).token).toBeUndefined();
    expect(
      readLink(at("https://meet.example/meet/?room=r1&url=https://evil.example"), storage, history).token,
    ).toBeUndefined();
  });

  it("takes another server only over the web's own protocols", () => {
    expect(readLink(at("https://meet.example/?url=https://api.example/x"), undefined, history).url).toBe(
      "https://api.example/x",
    );
    expect(readLink(at("https://meet.example/?url=javascript:alert(1)"), undefined, history).url).toBe(
      "https://meet.example",
    );
    expect(readLink(at("https://meet.example/?url=%00"), undefined, history).url).toBe("https://meet.example");
  });

  it("bears blocked storage", () => {
    const blocked = new Proxy({}, { get: () => { throw new DOMException("", "SecurityError"); } }) as Storage; // prettier-ignore
    expect(readLink(at("https://meet.example/#token=t"), blocked, history).token).toBe("t");
  });
});

describe("attendance", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("says who came and went", () => {
    const said: string[] = [];
    const attendance = new Attendance((text) => said.push(text));
    attendance.joined("b", "Ben");
    attendance.left("b", "Ben", "left");
    attendance.left("c", "Cleo", "lost");
    expect(said).toEqual(["Ben joined", "Ben left"]);
    vi.advanceTimersByTime(5_000);
    expect(said.at(-1)).toBe("Cleo left");
  });

  it("keeps quiet about somebody who was gone for a moment", () => {
    const said: string[] = [];
    const attendance = new Attendance((text) => said.push(text));
    attendance.left("c", "Cleo", "replaced");
    attendance.joined("c", "Cleo");
    vi.advanceTimersByTime(10_000);
    expect(said).toEqual([]);
  });
});

it("measures silence as nothing and full scale as all", () => {
  expect(levelOf(new Float32Array(8))).toBe(0);
  expect(levelOf(new Float32Array(8).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(0))).toBe(0);
});

it("stands in for faces with letters and a steady colour", () => {
  expect(["Ada Lovelace", "ben", " ", "Åsa van Dyk", "🌍 x"].map(initialsOf)).toEqual(["AL", "B", "?", "ÅD", "🌍X"]);
  expect(hueOf("ada")).toBe(hueOf("ada"));
  expect(hueOf("ada")).toBeLessThan(360);
});
