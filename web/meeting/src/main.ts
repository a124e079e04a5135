import { join, JoinError, readToken, type Meeting, type TokenClaims } from "@eventmeet/client";
import { Announcer } from "./announcer.js";
import { LobbyView, type Choice } from "./lobbyView.js";
import { readLink, type MeetingLink } from "./link.js";
import { MeetingView } from "./meetingView.js";
import { messageView } from "./messageView.js";
import { explanations, leftByChoice, missingToken, type Explanation } from "./words.js";

declare global {
  interface Window {
    /** The meeting, for support and tests; undefined outside of one. */
    eventmeet: Meeting | undefined;
  }
}

const app = document.getElementById("app")!;
const announcer = new Announcer(document.getElementById("announcer")!);

let closeView: () => void = () => undefined;

/** Puts another view in place and the focus at its start. */
function show(view: HTMLElement, title: string, close: () => void = () => undefined): void {
  closeView();
  closeView = close;
  app.replaceChildren(view);
  document.title = `${title} · EventMeet`;
  const heading = view.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

function start(): void {
  const link = readLink(location, safeSessionStorage(), history);
  if (link.token === undefined) {
    showMessage("tokenMissing", missingToken, undefined);
    return;
  }
  try {
    const claims = readToken(link.token);
    if (claims.expiresAt !== undefined && claims.expiresAt < Date.now()) {
      showMessage("tokenExpired", explanations.tokenExpired, undefined);
    } else {
      showLobby(link, claims);
    }
  } catch (error) {
    showError(error, undefined);
  }
}

function showLobby(link: MeetingLink, claims: TokenClaims): void {
  const lobby = new LobbyView(claims, (choice) => void enter(link, claims, lobby, choice));
  show(lobby.root, claims.room, () => lobby.close());
}

async function enter(link: MeetingLink, claims: TokenClaims, lobby: LobbyView, choice: Choice): Promise<void> {
  const again = (): void => showLobby(link, claims);
  lobby.isBusy = true;
  announcer.say("Joining");
  try {
    const meeting = await join(link.url, link.token!, choice.options);
    await meeting.setDevices(choice.devices).catch(() => undefined);
    showMeeting(meeting, choice, again);
  } catch (error) {
    showError(error, again);
  }
}

function showMeeting(meeting: Meeting, choice: Choice, again: () => void): void {
  window.eventmeet = meeting;
  const view = new MeetingView(meeting, (text) => announcer.say(text));
  show(view.root, meeting.room?.name || meeting.claims.room, () => view.close());
  announcer.say("You are in the meeting");
  if (meeting.grants?.canUpdateOwnMetadata === true && choice.name !== "" && choice.name !== meeting.self?.name) {
    meeting.setMetadata({ name: choice.name });
  }
  meeting.on("connection", ({ state, error }) => {
    if (state === "disconnected") {
      window.eventmeet = undefined;
      if (error === undefined) {
        showMessage("left", leftByChoice, undefined, again);
      } else {
        showError(error, again);
      }
    }
  });
}

function showError(error: unknown, again: (() => void) | undefined): void {
  if (!(error instanceof JoinError)) {
    throw error;
  }
  const details = error.traceId === undefined ? undefined : `For support: ${error.traceId}`;
  showMessage(error.kind, explanations[error.kind], details, again);
}

function showMessage(kind: string, explanation: Explanation, details: string | undefined, again?: () => void): void {
  show(messageView(kind, explanation, details, again), explanation.title);
}

function safeSessionStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

// Another invitation pasted into the same tab is another meeting.
window.addEventListener("hashchange", () => location.reload());
// A page out of the back/forward cache has lost its session.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

start();
