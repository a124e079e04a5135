import type { Kind, StatsMessage, StreamStats } from "./messages.js";

/** One entry of getStats(). */
export type StatsEntry = Record<string, unknown> & { id: string; type: string; timestamp: number };

interface Totals {
  atMs: number;
  bytes: number;
  packets: number;
  lost: number;
  freezes: number;
  freezeMs: number;
  concealedMs: number;
}

/** Turns two looks at getStats() into one report of what happened between them. Kept as small as the channel allows. */
export class StatsReport {
  readonly #before = new Map<string, Totals>();

  /** The report; streams that moved nothing are left out. */
  make(stats: Iterable<StatsEntry>): StatsMessage {
    const entries = new Map([...stats].map((entry) => [entry.id, entry]));
    const streams: StreamStats[] = [];
    for (const entry of entries.values()) {
      if (entry.type === "inbound-rtp" || entry.type === "outbound-rtp") {
        const stream = this.#stream(entry, entries);
        if (stream !== undefined) {
          streams.push(stream);
        }
      }
    }
    return { type: "stats", ...pathOf(entries), streams };
  }

  #stream(entry: StatsEntry, entries: ReadonlyMap<string, StatsEntry>): StreamStats | undefined {
    const isSent = entry.type === "outbound-rtp";
    const remote = entries.get(textOf(entry["remoteId"]) ?? "");
    const now = totalsOf(entry, isSent ? remote : entry, isSent);
    const before = this.#before.get(entry.id);
    this.#before.set(entry.id, now);
    const mid = textOf(entry["mid"]);
    if (before === undefined || mid === undefined || now.bytes <= before.bytes || now.atMs <= before.atMs) {
      return undefined;
    }
    const jitter = numberOf((isSent ? remote : entry)?.["jitter"]);
    return {
      mid,
      direction: isSent ? "send" : "receive",
      kind: entry["kind"] as Kind,
      bitsPerSecond: Math.round(((now.bytes - before.bytes) * 8000) / (now.atMs - before.atMs)),
      packets: Math.max(0, now.packets - before.packets),
      lost: now.lost - before.lost,
      ...(jitter === undefined ? {} : { jitterMs: Math.round(jitter * 1000) }),
      ...(entry["kind"] === "video" ? videoOf(entry, now, before, isSent) : {}),
      ...(entry["kind"] === "audio" && !isSent
        ? { concealedMs: Math.max(0, now.concealedMs - before.concealedMs) }
        : {}),
    };
  }
}

function videoOf(entry: StatsEntry, now: Totals, before: Totals, isSent: boolean): Partial<StreamStats> {
  const framesPerSecond = numberOf(entry["framesPerSecond"]);
  const frameHeight = numberOf(entry["frameHeight"]);
  return {
    ...(framesPerSecond === undefined ? {} : { framesPerSecond }),
    ...(frameHeight === undefined ? {} : { frameHeight }),
    ...(isSent
      ? {}
      : { freezes: Math.max(0, now.freezes - before.freezes), freezeMs: Math.max(0, now.freezeMs - before.freezeMs) }),
  };
}

function totalsOf(entry: StatsEntry, receiver: StatsEntry | undefined, isSent: boolean): Totals {
  const count = (name: string, from: StatsEntry | undefined = entry): number => numberOf(from?.[name]) ?? 0;
  const samplesPerMs = 48;
  return {
    atMs: entry.timestamp,
    bytes: count(isSent ? "bytesSent" : "bytesReceived"),
    packets: count(isSent ? "packetsSent" : "packetsReceived"),
    lost: count("packetsLost", receiver),
    freezes: count("freezeCount"),
    freezeMs: Math.round(count("totalFreezesDuration") * 1000),
    concealedMs: Math.round(count("concealedSamples") / samplesPerMs),
  };
}

function pathOf(entries: ReadonlyMap<string, StatsEntry>): Partial<StatsMessage> {
  const all = [...entries.values()];
  const selectedId = textOf(all.find((entry) => entry.type === "transport")?.["selectedCandidatePairId"]);
  const pair =
    entries.get(selectedId ?? "") ?? all.find((entry) => entry.type === "candidate-pair" && entry["selected"] === true);
  const local = entries.get(textOf(pair?.["localCandidateId"]) ?? "");
  const roundTrip = numberOf(pair?.["currentRoundTripTime"]);
  const available = numberOf(pair?.["availableOutgoingBitrate"]);
  return {
    ...(roundTrip === undefined ? {} : { roundTripMs: Math.round(roundTrip * 1000) }),
    ...(available === undefined ? {} : { availableOutgoingBitsPerSecond: Math.round(available) }),
    ...(local === undefined
      ? {}
      : { path: `${textOf(local["candidateType"]) ?? "?"}/${textOf(local["protocol"]) ?? "?"}` }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
