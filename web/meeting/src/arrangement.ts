/* Where tiles go. Pure: sizes in CSS pixels in, sizes out. */

export interface GridShape {
  columns: number;
  rows: number;
  tileWidth: number;
  tileHeight: number;
}

const widest = 16 / 9;
const narrowest = 4 / 3;
/** On a tall phone a tile may become square before it leaves room unused. */
const narrowestUpright = 1;

/** The grid whose tiles are largest. */
export function fitGrid(count: number, width: number, height: number, gap: number): GridShape {
  const leastRatio = width < height ? narrowestUpright : narrowest;
  let best: GridShape = { columns: 1, rows: Math.max(count, 1), tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= Math.max(count, 1); columns++) {
    const rows = Math.ceil(Math.max(count, 1) / columns);
    const cellWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
    const cellHeight = Math.max(0, (height - gap * (rows - 1)) / rows);
    const tileWidth = Math.floor(Math.min(cellWidth, cellHeight * widest));
    const tileHeight = Math.floor(Math.min(cellHeight, tileWidth / leastRatio));
    if (tileWidth * tileHeight > best.tileWidth * best.tileHeight) {
      best = { columns, rows, tileWidth, tileHeight };
    }
  }
  return best;
}

export interface Seat {
  participant: string;
  source: "camera" | "screen_share";
}

export interface Audience {
  self: string | undefined;
  /** Everybody, in the order in which they came. */
  participants: readonly { id: string; sharesScreen: boolean }[];
  /** Whom the person at this page wants to see large. */
  pinned: string | undefined;
  dominant: string | null;
  /** Most tiles besides the featured one. */
  most: number;
}

export interface Seating {
  /** The one large tile, if there is one. */
  featured: Seat | undefined;
  others: Seat[];
  /** How many people have no tile. */
  hidden: number;
}

/** A shared screen comes first, then a pin; the rest keep the order in which they came, so that nobody jumps around. */
export function seat(audience: Audience): Seating {
  const screen = audience.participants.find(({ sharesScreen }) => sharesScreen);
  const pinned = audience.participants.find(({ id }) => id === audience.pinned);
  const featured: Seat | undefined =
    pinned !== undefined
      ? { participant: pinned.id, source: pinned.sharesScreen ? "screen_share" : "camera" }
      : screen !== undefined
        ? { participant: screen.id, source: "screen_share" }
        : undefined;
  const cameras = audience.participants.filter(
    ({ id }) => featured?.source !== "camera" || id !== featured.participant,
  );
  const shown = choose(
    cameras.map(({ id }) => id),
    audience,
  );
  return {
    featured,
    others: shown.map((participant) => ({ participant, source: "camera" })),
    hidden: cameras.length - shown.length,
  };
}

/** When not everybody fits, oneself and the one who speaks do. */
function choose(ids: readonly string[], { self, dominant, most }: Audience): string[] {
  if (ids.length <= most) {
    return [...ids];
  }
  const certain = new Set([self, dominant].filter((id) => id !== undefined && id !== null && ids.includes(id)));
  let free = most - certain.size;
  return ids.filter((id) => certain.has(id) || free-- > 0);
}

/** The picture height worth asking for: the smallest step that fills the tile on this screen. */
export function wantedHeight(tileHeight: number, pixelRatio: number): number {
  const pixels = tileHeight * Math.min(pixelRatio, 2) * 0.9;
  return [180, 360, 540, 720].find((step) => pixels <= step) ?? 1080;
}
