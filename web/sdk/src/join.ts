import { JoinError } from "./joinError.js";
import { Meeting } from "./meeting.js";
import type { JoinOptions } from "./options.js";

/**
 * Joins the room that the token names and resolves when the server has welcomed us.
 *
 * @param url Where the API is, for example https://meet.example.com
 * @param token The participant token that the tenant's back end made.
 * @throws JoinError with a kind to choose words by; nothing is left open then.
 */
export async function join(url: string, token: string, options: JoinOptions = {}): Promise<Meeting> {
  if (typeof RTCPeerConnection === "undefined") {
    throw new JoinError("unsupported", "This browser has no WebRTC.");
  }
  const meeting = new Meeting(url, token, options);
  await meeting.start(options.signal);
  return meeting;
}
