/*
 * Link: <turn:turn.example:3478?transport=udp>; rel="ice-server"; username="…"; credential="…"; credential-type="password"
 * RFC 8288 for the header, RFC 9725 section 4.6 for the relation. Quoted strings may contain commas and semicolons.
 */

/** The ICE servers of a Link header; other relations are skipped. */
export function iceServersOf(header: string | null): RTCIceServer[] {
  const servers: RTCIceServer[] = [];
  for (const link of splitOutsideQuotes(header ?? "", ",")) {
    const match = /^\s*<([^>]*)>\s*(?:;(.*))?$/s.exec(link);
    if (match === null) {
      continue;
    }
    const parameters = parametersOf(match[2] ?? "");
    const relations = (parameters.get("rel") ?? "").split(/\s+/);
    const urls = match[1] ?? "";
    if (!relations.includes("ice-server") || !/^(stuns?|turns?):/i.test(urls)) {
      continue;
    }
    const username = parameters.get("username");
    const credential = parameters.get("credential");
    servers.push(username === undefined || credential === undefined ? { urls } : { urls, username, credential });
  }
  return servers;
}

function parametersOf(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of splitOutsideQuotes(text, ";")) {
    const equals = part.indexOf("=");
    if (equals < 0) {
      continue;
    }
    const name = part.slice(0, equals).trim().toLowerCase();
    const value = part.slice(equals + 1).trim();
    const quoted = /^"(.*)"$/s.exec(value);
    if (!parameters.has(name)) {
      parameters.set(name, quoted === null ? value : (quoted[1] ?? "").replace(/\\(.)/gs, "$1"));
    }
  }
  return parameters;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let inQuotes = false;
  let inTarget = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inQuotes && character === "\\") {
      at++;
    } else if (character === '"' && !inTarget) {
      inQuotes = !inQuotes;
    } else if (!inQuotes && (character === "<" || character === ">")) {
      inTarget = character === "<";
    } else if (character === separator && !inQuotes && !inTarget) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
