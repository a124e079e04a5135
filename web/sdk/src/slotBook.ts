import { Emitter } from "./emitter.js";
import type { Kind, Slot, Source, Subscribe } from "./messages.js";

/** What a slot was asked to carry; nothing but a height is the server's choice at that height. */
export interface SlotRequest {
  /** Absent: the server chooses (active speakers). */
  participant?: string;
  /** Absent: camera in a video slot, microphone in an audio slot. */
  source?: Source;
  /** Pixels wanted. */
  height?: number;
  /** Frames per second wanted at most. */
  frameRate?: number;
}

export interface RemoteSlotEvents {
  /** Who is in the slot, or its MediaStreamTrack, changed. */
  changed: RemoteSlot;
}

/**
 * One receiving m-line. It outlives connections: after a reconnect the same object has a new mid and MediaStreamTrack.
 */
export class RemoteSlot extends Emitter<RemoteSlotEvents> {
  readonly kind: Kind;
  /** Its place among the slots of its kind. */
  readonly index: number;
  mid: string | undefined;
  /** Plays whatever the slot carries; null before the first connection. */
  track: MediaStreamTrack | null = null;
  participant: string | undefined;
  trackId: string | undefined;
  source: Source | undefined;
  request: SlotRequest = {};

  constructor(kind: Kind, index: number) {
    super();
    this.kind = kind;
    this.index = index;
  }

  get isEmpty(): boolean {
    return this.participant === undefined;
  }

  /** For the book alone. */
  announce(): void {
    this.emit("changed", this);
  }
}

/** Every slot of the meeting, and which of them carries what. */
export class SlotBook {
  readonly audio: readonly RemoteSlot[];
  readonly video: readonly RemoteSlot[];

  constructor(audioSlots: number, videoSlots: number) {
    this.audio = Array.from({ length: audioSlots }, (_, index) => new RemoteSlot("audio", index));
    this.video = Array.from({ length: videoSlots }, (_, index) => new RemoteSlot("video", index));
  }

  get all(): RemoteSlot[] {
    return [...this.audio, ...this.video];
  }

  of(mid: string): RemoteSlot | undefined {
    return this.all.find((slot) => slot.mid === mid);
  }

  /** The slot in which this participant's track of this source is now. */
  carrying(participant: string, source: Source): RemoteSlot | undefined {
    return this.all.find((slot) => slot.participant === participant && slot.source === source);
  }

  /** Takes over a connection's m-lines, in the order in which they were offered. */
  bind(lines: readonly { kind: Kind; mid: string; track: MediaStreamTrack }[]): void {
    for (const kind of ["audio", "video"] as const) {
      const ofKind = lines.filter((line) => line.kind === kind);
      for (const slot of this[kind]) {
        const line = ofKind[slot.index];
        slot.mid = line?.mid;
        slot.track = line?.track ?? null;
      }
    }
  }

  /** Notes what the server says; gives back the slots that really changed. A mid that is not ours is skipped. */
  apply(states: readonly Slot[]): RemoteSlot[] {
    const changed: RemoteSlot[] = [];
    for (const state of states) {
      const slot = this.of(state.mid);
      if (slot === undefined || (slot.participant === state.participant && slot.trackId === state.track)) {
        continue;
      }
      slot.participant = state.participant;
      slot.trackId = state.track;
      slot.source = state.source;
      changed.push(slot);
    }
    return changed;
  }

  /** Empties every slot: the state before a connection's first word. */
  clear(): void {
    for (const slot of this.all) {
      slot.participant = slot.trackId = slot.source = undefined;
    }
  }

  /** Empties the slots of somebody who left, should the server's word come late. */
  forget(participant: string): RemoteSlot[] {
    return this.apply(
      this.all.flatMap((slot) =>
        slot.participant === participant && slot.mid !== undefined ? [{ mid: slot.mid }] : [],
      ),
    );
  }

  /** What has to be asked again on a new connection; requests for people who are gone fall back to the server's choice. */
  requests(isHere: (participant: string) => boolean): Subscribe[] {
    return this.all.flatMap((slot) => {
      if (slot.request.participant !== undefined && !isHere(slot.request.participant)) {
        const { participant: _gone, source: _of, ...rest } = slot.request;
        slot.request = rest;
      }
      const asked = Object.keys(slot.request).length > 0;
      return asked && slot.mid !== undefined ? [subscribeMessage(slot.mid, slot.request)] : [];
    });
  }
}

export function subscribeMessage(mid: string, request: SlotRequest): Subscribe {
  const auto = request.participant === undefined ? { auto: true } : {};
  return { type: "subscribe", mid, ...auto, ...request };
}
