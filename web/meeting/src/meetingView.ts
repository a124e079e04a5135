import { JoinError, type ConnectionChange, type Meeting, type RecordingState } from "@eventmeet/client";
import { Attendance } from "./announcer.js";
import { ChatPanel } from "./chatPanel.js";
import { Controls, shortcuts, type ControlActions } from "./controls.js";
import { element, setText } from "./dom.js";
import { icon } from "./icons.js";
import { Notices } from "./notices.js";
import { PeoplePanel } from "./peoplePanel.js";
import { readPreferences } from "./preferences.js";
import { SettingsDialog } from "./settingsDialog.js";
import { Stage } from "./stage.js";
import { describeRecording, explanations, recordingChange } from "./words.js";

/** The meeting itself: pictures, controls, chat, people, and what has to be said about the connection. */
export class MeetingView {
  readonly root: HTMLElement;
  readonly #meeting: Meeting;
  readonly #announce: (text: string) => void;
  readonly #notices: Notices;
  readonly #stage: Stage;
  readonly #controls: Controls;
  readonly #chat: ChatPanel;
  readonly #people: PeoplePanel;
  readonly #settings: SettingsDialog;
  readonly #attendance: Attendance;
  readonly #banner = element("p", { class: "banner", role: "status", hidden: true, "data-testid": "banner" });
  readonly #sound: HTMLButtonElement;
  readonly #recording = element("span", { class: "recording", role: "status", "data-testid": "recording" });
  #recordingState: RecordingState;
  readonly #stops: (() => void)[] = [];
  readonly #onKey = (event: KeyboardEvent): void => this.#key(event);
  #isRenderDue = false;
  #unread = 0;

  constructor(meeting: Meeting, announce: (text: string) => void) {
    this.#meeting = meeting;
    this.#recordingState = meeting.recording;
    this.#announce = announce;
    this.#notices = new Notices(announce);
    this.#attendance = new Attendance(announce);
    this.#stage = new Stage(meeting);
    this.#chat = new ChatPanel(meeting, () => this.#toggle("chat"));
    this.#people = new PeoplePanel(meeting, () => this.#toggle("people"));
    this.#settings = new SettingsDialog(meeting, (error) => this.#complain(error));
    this.#controls = new Controls(this.#actions(), this.#grants());
    this.#sound = element("button", {
      class: "sound",
      type: "button",
      hidden: true,
      "data-testid": "sound-button",
      onclick: () => void meeting.startPlayback(),
    });
    this.#sound.append(icon("sound"), "Turn sound on");
    this.root = element(
      "main",
      { class: "meeting", "data-testid": "meeting" },
      element(
        "header",
        { class: "top" },
        element("h1", { class: "top-title", "data-testid": "room-title" }, meeting.room?.name || meeting.claims.room),
        this.#recording,
      ),
      this.#banner,
      element("div", { class: "middle" }, this.#stage.root, this.#chat.root, this.#people.root),
      element("div", { class: "overlay" }, this.#notices.root, this.#sound),
      this.#controls.root,
      this.#settings.root,
    );
    this.#listen();
    meeting.chat.forEach((message) => this.#chat.add(message));
    document.addEventListener("keydown", this.#onKey);
    this.#render();
  }

  close(): void {
    this.#stops.forEach((stop) => stop());
    document.removeEventListener("keydown", this.#onKey);
    this.#attendance.close();
    this.#controls.close();
    this.#stage.close();
  }

  #listen(): void {
    const meeting = this.#meeting;
    const later = (): void => this.#renderSoon();
    this.#stops.push(
      meeting.on("connection", (change) => this.#connection(change)),
      meeting.on("joined", ({ identity, name }) => (this.#attendance.joined(identity, name), later())),
      meeting.on(
        "left",
        ({ participant, reason }) => (this.#attendance.left(participant.identity, participant.name, reason), later()),
      ),
      meeting.on("updated", later),
      meeting.on("slots", later),
      meeting.on("speakers", later),
      meeting.on("local", later),
      meeting.on("recording", (state) => (this.#recordingChanged(state), later())),
      meeting.on("playback", later),
      meeting.on("chat", (message) => this.#said(message)),
      meeting.on("hand", ({ participant, raised }) => this.#handChanged(participant, raised)),
      meeting.on("muted", ({ source, by }) => this.#muted(source, by)),
      meeting.on("error", ({ message }) => this.#notices.show(message, "warning")),
    );
  }

  #renderSoon(): void {
    if (!this.#isRenderDue) {
      this.#isRenderDue = true;
      queueMicrotask(() => this.#render());
    }
  }

  #render(): void {
    this.#isRenderDue = false;
    const meeting = this.#meeting;
    this.#stage.render();
    this.#chat.showPeople();
    this.#people.show();
    this.#controls.show(meeting, {
      isSharing: meeting.screen !== undefined,
      isHandRaised: meeting.self?.handRaised === true,
      openPanel: this.#chat.isOpen ? "chat" : this.#people.isOpen ? "people" : undefined,
      unread: this.#unread,
      people: meeting.participants.length,
    });
    this.#showRecording();
    this.#sound.hidden = !meeting.isPlaybackBlocked;
  }

  #recordingChanged(state: RecordingState): void {
    const change = recordingChange(this.#recordingState, state);
    this.#recordingState = state;
    if (change !== undefined) {
      // The indicator is a live region of its own.
      this.#notices.showSilently(change);
    }
  }

  #showRecording(): void {
    const { recording } = this.#meeting;
    const text = describeRecording(recording);
    if (this.#recording.textContent !== text) {
      this.#recording.textContent = text;
    }
    this.#recording.classList.toggle("is-paused", recording.paused);
  }

  #grants(): { microphone: boolean; camera: boolean; screen: boolean; data: boolean } {
    const grants = this.#meeting.grants;
    const may = (source: "microphone" | "camera" | "screen_share"): boolean =>
      grants?.canPublish !== false &&
      (grants?.canPublishSources === undefined || grants.canPublishSources.includes(source));
    return {
      microphone: may("microphone"),
      camera: may("camera"),
      screen: may("screen_share"),
      data: grants?.canPublishData !== false,
    };
  }

  #actions(): ControlActions {
    const meeting = this.#meeting;
    const attempt = (act: () => Promise<void>): void => void act().catch((error: unknown) => this.#complain(error));
    return {
      microphone: () =>
        attempt(() => (meeting.microphone.muted ? meeting.unmuteMicrophone() : meeting.muteMicrophone())),
      camera: () => attempt(() => (meeting.camera.muted ? meeting.unmuteCamera() : meeting.muteCamera())),
      screen: () => attempt(() => (meeting.screen === undefined ? meeting.shareScreen() : meeting.stopSharing())),
      hand: () => void meeting.raiseHand(meeting.self?.handRaised !== true),
      react: (reaction) => void meeting.react(reaction),
      chat: () => this.#toggle("chat"),
      people: () => this.#toggle("people"),
      settings: () => attempt(() => this.#settings.open()),
      leave: () => void meeting.leave(),
    };
  }

  #toggle(name: "chat" | "people"): void {
    const [wanted, other] = name === "chat" ? [this.#chat, this.#people] : [this.#people, this.#chat];
    const wasOpen = wanted.isOpen;
    wanted.root.hidden = other.root.hidden = true;
    if (wasOpen) {
      this.#controls.focus(name);
    } else {
      wanted.open();
    }
    if (this.#chat.isOpen) {
      this.#unread = 0;
    }
    this.#render();
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const isTyping = target.closest("input, textarea, select, dialog, [contenteditable]") !== null;
    if (
      isTyping ||
      event.ctrlKey ||
      event.altKey ||
      event.metaKey ||
      event.repeat ||
      readPreferences().hasNoShortcuts === true
    ) {
      return;
    }
    const shortcut = shortcuts.find(({ key }) => key === event.key.toLowerCase());
    const button =
      shortcut === undefined
        ? null
        : this.root.querySelector<HTMLButtonElement>(`.controls [aria-keyshortcuts="${shortcut.key}"]`);
    if (button !== null) {
      event.preventDefault();
      button.click();
    }
  }

  #connection({ state, attempt }: ConnectionChange): void {
    this.#banner.hidden = state === "connected";
    if (state === "reconnecting") {
      const text = attempt === 1 ? "Connection lost. Reconnecting…" : "Still reconnecting… Check your network.";
      setText(this.#banner, text);
      this.root.dataset["connection"] = "reconnecting";
    } else {
      if (state === "connected" && this.root.dataset["connection"] === "reconnecting") {
        this.#notices.show("You are connected again");
      }
      this.root.dataset["connection"] = state;
    }
    this.#renderSoon();
  }

  #said(message: Parameters<ChatPanel["add"]>[0]): void {
    this.#chat.add(message);
    if (message.from !== this.#meeting.self?.id) {
      const text = `${this.#chat.nameOf(message.from)}: ${message.text}`;
      if (this.#chat.isOpen) {
        this.#announce(text);
      } else {
        this.#unread++;
        this.#notices.show(text.length > 120 ? `${text.slice(0, 119)}…` : text);
      }
    }
    this.#renderSoon();
  }

  #handChanged(id: string, isRaised: boolean): void {
    const name = this.#meeting.participant(id)?.name;
    if (isRaised && name !== undefined && id !== this.#meeting.self?.id) {
      this.#notices.show(`${name} raised a hand`);
    }
  }

  #muted(source: string, by: string | undefined): void {
    const name = by === undefined ? undefined : this.#meeting.participant(by)?.name;
    const what = source === "microphone" ? "microphone" : source === "camera" ? "camera" : "screen";
    this.#notices.show(`${name ?? "A moderator"} turned your ${what} off`, "warning");
  }

  #complain(error: unknown): void {
    if (error instanceof JoinError) {
      if (error.kind !== "aborted") {
        const { title, advice } = explanations[error.kind];
        this.#notices.show(`${title}. ${advice}`, "warning");
      }
    } else {
      this.#notices.show(error instanceof Error ? error.message : String(error), "warning");
    }
  }
}
