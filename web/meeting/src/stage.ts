import type { Meeting, Participant, RemoteSlot } from "@eventmeet/client";
import { fitGrid, seat, wantedHeight, type Seat } from "./arrangement.js";
import { arrangeChildren, element, setAttribute, setText } from "./dom.js";
import { Tile } from "./tile.js";

const gap = 10;
const mostTiles = 25;
const askAfterMs = 400;

/** The pictures: a grid, or one large picture with the others beside it. */
export class Stage {
  readonly root = element("section", { class: "stage", "aria-label": "Participants", "data-testid": "stage" });
  readonly #featured = element("div", { class: "featured" });
  readonly #grid = element("div", { class: "grid", "data-testid": "grid" });
  readonly #more = element("p", { class: "more", "data-testid": "more" });
  readonly #meeting: Meeting;
  readonly #tiles = new Map<string, Tile>();
  readonly #quality = new Map<string, number>();
  readonly #observer: ResizeObserver;
  #pinned: string | undefined;
  #large: Seat | undefined;
  #askTimer: ReturnType<typeof setTimeout> | undefined;
  #asked = new WeakMap<RemoteSlot, string>();
  #tileHeight = 0;

  constructor(meeting: Meeting) {
    this.#meeting = meeting;
    this.root.append(this.#featured, this.#grid, this.#more);
    this.#observer = new ResizeObserver(() => {
      this.#layOut();
      this.#askSoon();
    });
    this.#observer.observe(this.#grid);
    this.#observer.observe(this.#featured);
    meeting.on("quality", (scores) => {
      scores.forEach(({ participant, score }) => this.#quality.set(participant, score));
      this.render();
    });
    meeting.on("reaction", ({ participant, reaction }) =>
      this.#tiles.get(keyOf({ participant, source: "camera" }))?.react(reaction),
    );
    // A new connection has forgotten what was asked about the old one's pins.
    meeting.on("connection", ({ state }) => state === "connected" && (this.#asked = new WeakMap()));
  }

  render(): void {
    const meeting = this.#meeting;
    const seating = seat({
      self: meeting.self?.id,
      participants: meeting.participants.map((participant) => ({
        id: participant.id,
        sharesScreen: this.#sharesScreen(participant),
      })),
      pinned: this.#pinned,
      dominant: meeting.dominant,
      most: mostTiles,
    });
    const seats = [...(seating.featured === undefined ? [] : [seating.featured]), ...seating.others];
    this.#closeOthers(new Set(seats.map(keyOf)));
    arrangeChildren(this.#featured, seating.featured === undefined ? [] : [this.#tileOf(seating.featured).root]);
    arrangeChildren(
      this.#grid,
      seating.others.map((other) => this.#tileOf(other).root),
    );
    setAttribute(this.root, "data-layout", seating.featured === undefined ? "grid" : "featured");
    this.#more.hidden = seating.hidden === 0;
    setText(this.#more, `and ${seating.hidden} more`);
    this.#layOut();
    this.#large = seating.featured;
    this.#askSoon();
  }

  close(): void {
    clearTimeout(this.#askTimer);
    this.#observer.disconnect();
    this.#closeOthers(new Set());
  }

  #tileOf(seat: Seat): Tile {
    const key = keyOf(seat);
    let tile = this.#tiles.get(key);
    if (tile === undefined) {
      tile = new Tile(() => this.#togglePin(seat.participant));
      this.#tiles.set(key, tile);
    }
    this.#fill(tile, seat);
    return tile;
  }

  #fill(tile: Tile, { participant: id, source }: Seat): void {
    const meeting = this.#meeting;
    const participant = meeting.participant(id)!;
    const isSelf = id === meeting.self?.id;
    const speaker = meeting.speakers.find((candidate) => candidate.participant === id);
    tile.show({
      participant,
      source,
      isSelf,
      track: isSelf ? this.#ownTrack(source) : this.#remoteTrack(participant, source),
      isMicrophoneOff: isSelf ? meeting.microphone.muted : !isSending(participant, "microphone"),
      isSpeaking: speaker !== undefined && !(isSelf && meeting.microphone.muted),
      isPinned: id === this.#pinned,
      quality: this.#quality.get(id),
    });
  }

  #ownTrack(source: Seat["source"]): MediaStreamTrack | undefined {
    const { camera, screen } = this.#meeting;
    return source === "camera" ? (camera.outgoing ?? undefined) : screen?.getVideoTracks()[0];
  }

  #remoteTrack(participant: Participant, source: Seat["source"]): MediaStreamTrack | undefined {
    const slot = this.#meeting.slots.carrying(participant.id, source);
    return isSending(participant, source) ? (slot?.track ?? undefined) : undefined;
  }

  #sharesScreen(participant: Participant): boolean {
    // Seeing one's own screen on the screen that is shared only shows a tunnel.
    return participant.id !== this.#meeting.self?.id && isSending(participant, "screen_share");
  }

  #togglePin(id: string): void {
    this.#pinned = this.#pinned === id ? undefined : id;
    this.render();
  }

  #closeOthers(kept: ReadonlySet<string>): void {
    for (const [key, tile] of this.#tiles) {
      if (!kept.has(key)) {
        tile.close();
        this.#tiles.delete(key);
      }
    }
  }

  #layOut(): void {
    if (this.root.dataset["layout"] === "grid") {
      const shape = fitGrid(this.#grid.childElementCount, this.#grid.clientWidth, this.#grid.clientHeight, gap);
      this.#grid.style.setProperty("--columns", String(shape.columns));
      this.#grid.style.setProperty("--tile-width", `${shape.tileWidth}px`);
      this.#grid.style.setProperty("--tile-height", `${shape.tileHeight}px`);
      this.#tileHeight = shape.tileHeight;
    } else {
      this.#tileHeight = this.#grid.firstElementChild?.clientHeight ?? 180;
    }
  }

  /** Sizes change with every frame of an animation, and somebody speaks all the time: the server is asked now and then. */
  #askSoon(): void {
    this.#askTimer ??= setTimeout(() => {
      this.#askTimer = undefined;
      this.#ask(this.#large);
    }, askAfterMs);
  }

  #ask(featured: Seat | undefined): void {
    const { slots } = this.#meeting;
    const isRemote = featured !== undefined && featured.participant !== this.#meeting.self?.id;
    // The last slot is for what must be seen; while it carries that already elsewhere, it stays the server's choice.
    const carrier = isRemote
      ? (slots.carrying(featured.participant, featured.source) ?? slots.video.at(-1))
      : undefined;
    const height = wantedHeight(this.#tileHeight, devicePixelRatio);
    for (const slot of slots.video) {
      const request =
        slot === carrier
          ? { ...featured!, height: wantedHeight(this.#featured.clientHeight, devicePixelRatio) }
          : { height };
      const text = JSON.stringify(request);
      if (this.#asked.get(slot) !== text) {
        this.#asked.set(slot, text);
        this.#meeting.subscribe(slot, request);
      }
    }
  }
}

function keyOf({ participant, source }: Seat): string {
  return `${participant} ${source}`;
}

export function isSending(participant: Participant, source: string): boolean {
  return participant.tracks.some((track) => track.source === source && !track.muted);
}
