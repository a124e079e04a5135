/*
 * The one change this client makes to an offer: the copy that is posted says which m-lines are a screen share,
 * a=content:slides (RFC 4796 section 5). The browser never sees that copy.
 */

/** Marks every m-line whose msid (RFC 8830) names the stream. Leaves line endings and everything else as they are. */
export function markSlides(sdp: string, streamId: string | undefined): string {
  if (streamId === undefined) {
    return sdp;
  }
  const [session, ...media] = sdp.split(/^(?=m=)/m);
  return [session, ...media.map((section) => (sendsStream(section, streamId) ? withSlides(section) : section))].join(
    "",
  );
}

function sendsStream(section: string, streamId: string): boolean {
  const bare = bracesOff(streamId);
  const sends = /^a=(sendonly|sendrecv)\s*$/m.test(section) && !/^m=\S+ 0 /.test(section);
  return sends && [...section.matchAll(/^a=msid:(\S+)/gm)].some((match) => bracesOff(match[1] ?? "") === bare);
}

function withSlides(section: string): string {
  return /^a=content:/m.test(section) ? section : section.replace(/\r?\n?$/, "\r\na=content:slides\r\n");
}

/** Firefox writes ids in braces. */
function bracesOff(id: string): string {
  return id.replace(/^\{|\}$/g, "");
}
