import type { Participant } from "@eventmeet/client";
import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { hueOf, initialsOf } from "./words.js";

/** Everything a tile shows. */
export interface TileState {
  participant: Participant;
  source: "camera" | "screen_share";
  isSelf: boolean;
  /** The picture to show; undefined shows initials. */
  track: MediaStreamTrack | undefined;
  isMicrophoneOff: boolean;
  isSpeaking: boolean;
  isPinned: boolean;
  /** 1 bad to 5 excellent; undefined is not known. */
  quality: number | undefined;
}

/** One person's picture, or one shared screen. */
export class Tile {
  readonly root: HTMLElement;
  readonly #video = element("video", { autoplay: true, playsinline: true, muted: true, tabindex: -1 });
  readonly #initials = element("span", { class: "initials", "aria-hidden": "true" });
  readonly #name = element("span", { class: "tile-name", "data-testid": "tile-name" });
  readonly #microphone = element("span", { class: "tile-muted", title: "Microphone is off" }, icon("microphoneOff"));
  readonly #hand = element("span", { class: "tile-hand", title: "Hand is raised" }, icon("hand"));
  readonly #weak = element("span", { class: "tile-weak", title: "Weak connection" }, icon("weak"));
  readonly #pin: HTMLButtonElement;

  constructor(onPin: () => void) {
    this.#video.muted = true;
    this.#pin = element(
      "button",
      { class: "tile-pin", type: "button", onclick: onPin, "data-testid": "pin-button" },
      icon("pin"),
    );
    this.root = element(
      "article",
      { class: "tile", "data-testid": "tile", ondblclick: onPin },
      this.#video,
      this.#initials,
      element("div", { class: "tile-reactions", "aria-hidden": "true" }),
      this.#pin,
      element("footer", { class: "tile-footer" }, this.#hand, this.#weak, this.#microphone, this.#name),
    );
  }

  show(state: TileState): void {
    const { participant, source, isSelf } = state;
    const isScreen = source === "screen_share";
    const label = labelOf(state);
    setAttribute(this.root, "data-participant", participant.id);
    setAttribute(this.root, "data-identity", participant.identity);
    setAttribute(this.root, "data-name", participant.name);
    setAttribute(this.root, "data-source", source);
    setAttribute(this.root, "data-self", isSelf);
    setAttribute(this.root, "data-mirrored", isSelf && !isScreen);
    setAttribute(this.root, "data-picture", state.track === undefined ? "off" : "on");
    setAttribute(this.root, "data-microphone", state.isMicrophoneOff ? "off" : "on");
    setAttribute(this.root, "data-speaking", state.isSpeaking && !isScreen);
    setAttribute(this.root, "data-pinned", state.isPinned);
    setAttribute(this.root, "aria-label", label);
    this.root.style.setProperty("--hue", String(hueOf(participant.identity)));
    setText(
      this.#name,
      isScreen
        ? `${isSelf ? "Your" : `${participant.name}’s`} screen`
        : isSelf
          ? `${participant.name} (you)`
          : participant.name,
    );
    setText(this.#initials, initialsOf(participant.name));
    this.#microphone.hidden = isScreen || !state.isMicrophoneOff;
    this.#hand.hidden = isScreen || participant.handRaised !== true;
    this.#weak.hidden = isScreen || state.quality === undefined || state.quality > 2;
    setAttribute(this.#pin, "aria-label", state.isPinned ? `Unpin ${participant.name}` : `Pin ${participant.name}`);
    setAttribute(this.#pin, "aria-pressed", state.isPinned ? "true" : "false");
    this.#play(state.track);
  }

  react(reaction: string): void {
    const floating = element("span", { class: "reaction" }, reaction);
    this.root.querySelector(".tile-reactions")!.append(floating);
    setTimeout(() => floating.remove(), 3_000);
  }

  close(): void {
    this.#video.srcObject = null;
    this.root.remove();
  }

  #play(track: MediaStreamTrack | undefined): void {
    const shown = (this.#video.srcObject as MediaStream | null)?.getVideoTracks()[0];
    if (shown !== track) {
      this.#video.srcObject = track === undefined ? null : new MediaStream([track]);
      // Muted video may play everywhere; an interrupted play() only means that the next one is under way.
      void this.#video.play().catch(() => undefined);
    }
    this.#video.hidden = track === undefined;
    this.#initials.hidden = track !== undefined;
  }
}

function labelOf({ participant, source, isSelf, isMicrophoneOff, track }: TileState): string {
  const name = isSelf ? `${participant.name} (you)` : participant.name;
  if (source === "screen_share") {
    return `Screen of ${name}`;
  }
  const details = [
    isMicrophoneOff && "microphone off",
    track === undefined && "camera off",
    participant.handRaised && "hand raised",
  ];
  return [name, ...details.filter((detail) => detail)].join(", ");
}
