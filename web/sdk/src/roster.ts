import type { Participant, Track } from "./messages.js";

export interface RosterChange {
  joined: Participant[];
  left: Participant[];
  updated: Participant[];
}

/** Who is here, in the order in which they came. Participants are replaced, never changed: a reference is a snapshot. */
export class Roster {
  readonly #byId = new Map<string, Participant>();
  self: string | undefined;

  get all(): Participant[] {
    return [...this.#byId.values()];
  }

  get others(): Participant[] {
    return this.all.filter((participant) => participant.id !== this.self);
  }

  get(id: string): Participant | undefined {
    return this.#byId.get(id);
  }

  /** The whole truth after a (re)connect; says what is different from before. Oneself is never announced. */
  reset(self: string, participants: readonly Participant[]): RosterChange {
    const before = new Map(this.#byId);
    const selfBefore = this.self;
    this.#byId.clear();
    this.self = self;
    for (const participant of participants) {
      this.#byId.set(participant.id, participant);
    }
    const known = participants.filter((participant) => before.has(participant.id));
    return {
      joined: participants.filter((participant) => !before.has(participant.id) && participant.id !== self),
      left: [...before.values()].filter(
        (participant) => !this.#byId.has(participant.id) && participant.id !== selfBefore,
      ),
      updated: known.filter(
        (participant) => JSON.stringify(before.get(participant.id)) !== JSON.stringify(participant),
      ),
    };
  }

  /** True when the participant is new. */
  put(participant: Participant): boolean {
    const isNew = !this.#byId.has(participant.id);
    this.#byId.set(participant.id, participant);
    return isNew;
  }

  remove(id: string): Participant | undefined {
    const participant = this.#byId.get(id);
    this.#byId.delete(id);
    return participant;
  }

  setTracks(id: string, tracks: Track[]): Participant | undefined {
    return this.#change(id, { tracks });
  }

  setHand(id: string, handRaised: boolean): Participant | undefined {
    return this.#change(id, { handRaised });
  }

  #change(id: string, change: Partial<Participant>): Participant | undefined {
    const before = this.#byId.get(id);
    if (before === undefined) {
      return undefined;
    }
    const participant = { ...before, ...change };
    this.#byId.set(id, participant);
    return participant;
  }
}
