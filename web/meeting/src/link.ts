/** What the page's address says. */
export interface MeetingLink {
  /** Where the API is. */
  url: string;
  room: string | undefined;
  token: string | undefined;
}

/**
 * Reads /meet/?room=…#token=…. The token stands in the fragment, which browsers send to nobody. It is taken out of the
 * address bar at once, so that a shared screen or the history does not show it, and kept for this tab's reloads.
 */
export function readLink(location: Location, storage: Storage | undefined, history: History): MeetingLink {
  const query = new URLSearchParams(location.search);
  const room = query.get("room") ?? undefined;
  const url = apiUrl(query.get("url"), location.origin);
  // A stored token goes back only to the server it was used with.
  const key = `eventmeet.token ${url} ${room ?? ""}`;
  const given = new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
  if (given !== undefined) {
    attempt(() => storage?.setItem(key, given));
    history.replaceState(null, "", location.pathname + location.search);
  }
  return { url, room, token: given ?? attempt(() => storage?.getItem(key)) ?? undefined };
}

function apiUrl(given: string | null, origin: string): string {
  const url = given === null ? undefined : attempt(() => new URL(given));
  return url?.protocol === "https:" || url?.protocol === "http:" ? url.href : origin;
}

/** Storage throws where cookies are blocked. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
