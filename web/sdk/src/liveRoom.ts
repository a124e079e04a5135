import type { MeetingEvents } from "./meetingEvents.js";
import type {
  ChatMessage,
  Grants,
  Participant,
  RecordingState,
  Room,
  ServerMessage,
  Speaker,
  Welcome,
} from "./messages.js";
import { Roster } from "./roster.js";
import type { RemoteSlot, SlotBook } from "./slotBook.js";

const keptChatMessages = 500;

export type Emit = <Name extends keyof MeetingEvents>(name: Name, payload: MeetingEvents[Name]) => void;

/** What is known of the room from the in-call channel; turns messages into events. */
export class LiveRoom {
  readonly roster = new Roster();
  readonly chat: ChatMessage[] = [];
  readonly slots: SlotBook;
  room: Room | undefined;
  grants: Grants | undefined;
  session: string | undefined;
  speakers: Speaker[] = [];
  dominant: string | null = null;
  recording: RecordingState = { active: false, paused: false, recordings: [] };
  readonly #emit: Emit;

  constructor(slots: SlotBook, emit: Emit) {
    this.slots = slots;
    this.#emit = emit;
  }

  get self(): Participant | undefined {
    return this.roster.self === undefined ? undefined : this.roster.get(this.roster.self);
  }

  /** The whole state of a new connection whose m-lines are bound already. Announces only what is different. */
  welcome(welcome: Welcome): void {
    this.room = welcome.room;
    this.grants = welcome.grants;
    this.session = welcome.self.session;
    this.slots.clear();
    this.slots.apply(welcome.slots);
    const change = this.roster.reset(welcome.self.participant, welcome.participants);
    change.left.forEach((participant) => this.#emit("left", { participant, reason: "lost" }));
    change.joined.forEach((participant) => this.#emit("joined", participant));
    change.updated.forEach((participant) => this.#emit("updated", participant));
    this.#announce(this.slots.all);
    this.#setRecording(welcome.recording);
  }

  /** Takes what only changes the room; the rest is the meeting's own business. */
  handle(message: ServerMessage): void {
    switch (message.type) {
      case "joined":
      case "updated":
        this.#put(message.participant);
        break;
      case "left":
        this.#remove(message.participant, message.reason);
        break;
      case "tracks":
        this.#updated(this.roster.setTracks(message.participant, message.tracks));
        break;
      case "slots":
        this.#announce(this.slots.apply(message.slots));
        break;
      case "speakers":
        this.speakers = message.speakers;
        this.dominant = message.dominant;
        this.#emit("speakers", message);
        break;
      case "chat":
        this.#said(message);
        break;
      case "hand":
        this.#updated(this.roster.setHand(message.participant, message.raised));
        this.#emit("hand", message);
        break;
      case "reaction":
        this.#emit("reaction", message);
        break;
      case "recording":
        this.#setRecording(message);
        break;
      case "quality":
        this.#emit("quality", message.participants);
        break;
      case "error":
        this.#emit("error", message);
        break;
    }
  }

  #put(participant: Participant): void {
    const isNew = this.roster.put(participant);
    this.#emit(isNew && participant.id !== this.roster.self ? "joined" : "updated", participant);
  }

  #remove(id: string, reason: string): void {
    const participant = this.roster.remove(id);
    this.#announce(this.slots.forget(id));
    if (participant !== undefined) {
      this.#emit("left", { participant, reason });
    }
  }

  #updated(participant: Participant | undefined): void {
    if (participant !== undefined) {
      this.#emit("updated", participant);
    }
  }

  #announce(changed: RemoteSlot[]): void {
    if (changed.length > 0) {
      changed.forEach((slot) => slot.announce());
      this.#emit("slots", changed);
    }
  }

  #said(message: ChatMessage): void {
    this.chat.push(message);
    this.chat.splice(0, Math.max(0, this.chat.length - keptChatMessages));
    this.#emit("chat", message);
  }

  #setRecording({ active, paused, recordings }: RecordingState): void {
    const state = { active, paused, recordings };
    if (JSON.stringify(state) !== JSON.stringify(this.recording)) {
      this.recording = state;
      this.#emit("recording", state);
    }
  }
}
