import type { Meeting } from "@eventmeet/client";
import { element, setAttribute } from "./dom.js";
import { changeIcon, icon, type IconName } from "./icons.js";

export interface ControlActions {
  microphone(): void;
  camera(): void;
  screen(): void;
  hand(): void;
  react(reaction: string): void;
  chat(): void;
  people(): void;
  settings(): void;
  leave(): void;
}

export interface ControlState {
  isSharing: boolean;
  isHandRaised: boolean;
  openPanel: "chat" | "people" | undefined;
  unread: number;
  people: number;
}

export const reactions = ["👍", "👏", "❤️", "😂", "😮", "🎉"] as const;

/** Key → control. Letters, because modifiers belong to browsers and screen readers; they can be switched off. */
export const shortcuts: readonly { key: string; action: keyof ControlActions; does: string }[] = [
  { key: "m", action: "microphone", does: "Microphone on or off" },
  { key: "v", action: "camera", does: "Camera on or off" },
  { key: "s", action: "screen", does: "Share your screen, or stop" },
  { key: "h", action: "hand", does: "Raise or lower your hand" },
  { key: "c", action: "chat", does: "Chat" },
  { key: "p", action: "people", does: "People" },
];

/** The bar of buttons below the pictures. */
export class Controls {
  readonly root: HTMLElement;
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #badge = element("span", { class: "badge", hidden: true, "data-testid": "unread" });
  readonly #count = element("span", { class: "badge quiet", "data-testid": "people-count" });
  readonly #menu: HTMLElement;
  readonly #actions: ControlActions;
  readonly #onClickElsewhere = (event: Event): void => this.#closeMenuUnlessIn(event.target as Node);

  constructor(actions: ControlActions, may: { microphone: boolean; camera: boolean; screen: boolean; data: boolean }) {
    this.#actions = actions;
    this.#menu = element(
      "div",
      { class: "reaction-menu", role: "group", "aria-label": "Reactions", hidden: true },
      ...reactions.map((reaction) =>
        element(
          "button",
          { type: "button", "aria-label": `React with ${reaction}`, onclick: () => this.#react(reaction) },
          reaction,
        ),
      ),
    );
    const canShare = may.screen && navigator.mediaDevices?.getDisplayMedia !== undefined;
    this.root = element(
      "nav",
      { class: "controls", "aria-label": "Meeting controls" },
      may.microphone && this.#button("microphone", "microphone", () => actions.microphone(), "m"),
      may.camera && this.#button("camera", "camera", () => actions.camera(), "v"),
      canShare && this.#button("share", "screen", () => actions.screen(), "s"),
      may.data && this.#button("hand", "hand", () => actions.hand(), "h"),
      may.data &&
        element(
          "div",
          { class: "with-menu" },
          this.#button("react", "smile", () => this.#toggleMenu()),
          this.#menu,
        ),
      this.#button("chat", "chat", () => actions.chat(), "c"),
      this.#button("people", "people", () => actions.people(), "p"),
      this.#button("settings", "settings", () => actions.settings()),
      this.#button("leave", "leave", () => actions.leave()),
    );
    this.#buttons.get("chat")!.append(this.#badge);
    this.#buttons.get("people")!.append(this.#count);
    this.#label("settings", "Settings", undefined);
    this.#label("leave", "Leave", undefined);
    this.#label("react", "React", undefined);
    document.addEventListener("click", this.#onClickElsewhere);
  }

  show(meeting: Meeting, state: ControlState): void {
    this.#toggle("microphone", !meeting.microphone.muted, "microphone", "Turn microphone off", "Turn microphone on");
    this.#toggle("camera", !meeting.camera.muted, "camera", "Turn camera off", "Turn camera on");
    this.#label("share", state.isSharing ? "Stop sharing your screen" : "Share your screen", state.isSharing);
    this.#label("hand", state.isHandRaised ? "Lower your hand" : "Raise your hand", state.isHandRaised);
    this.#label("chat", state.unread > 0 ? `Chat, ${state.unread} unread` : "Chat", state.openPanel === "chat");
    this.#label("people", `People, ${state.people} here`, state.openPanel === "people");
    this.#badge.hidden = state.unread === 0;
    this.#badge.textContent = state.unread > 9 ? "9+" : String(state.unread);
    this.#count.textContent = String(state.people);
  }

  focus(name: "chat" | "people"): void {
    this.#buttons.get(name)?.focus();
  }

  close(): void {
    document.removeEventListener("click", this.#onClickElsewhere);
  }

  #button(name: string, iconName: IconName, act: () => void, key?: string): HTMLButtonElement {
    const button = element("button", {
      type: "button",
      class: "control",
      "data-control": name,
      "data-testid": `${name}-button`,
      "aria-keyshortcuts": key,
      onclick: act,
    });
    button.append(icon(iconName));
    this.#buttons.set(name, button);
    return button;
  }

  #toggle(name: "microphone" | "camera", isOn: boolean, iconName: IconName, whenOn: string, whenOff: string): void {
    const button = this.#buttons.get(name);
    if (button !== undefined) {
      changeIcon(button.querySelector("svg")!, isOn ? iconName : (`${iconName}Off` as IconName));
      setAttribute(button, "data-off", !isOn);
      this.#label(name, isOn ? whenOn : whenOff, undefined);
    }
  }

  #label(name: string, label: string, isPressed: boolean | undefined): void {
    const button = this.#buttons.get(name);
    if (button !== undefined) {
      const key = button.getAttribute("aria-keyshortcuts");
      setAttribute(button, "aria-label", label);
      setAttribute(button, "title", key === null ? label : `${label} (${key.toUpperCase()})`);
      setAttribute(button, "aria-pressed", isPressed === undefined ? undefined : String(isPressed));
    }
  }

  #toggleMenu(): void {
    this.#menu.hidden = !this.#menu.hidden;
    setAttribute(this.#buttons.get("react")!, "aria-expanded", String(!this.#menu.hidden));
    if (!this.#menu.hidden) {
      (this.#menu.firstElementChild as HTMLElement).focus();
    }
  }

  #react(reaction: string): void {
    this.#actions.react(reaction);
    this.#toggleMenu();
    this.#buttons.get("react")!.focus();
  }

  #closeMenuUnlessIn(target: Node): void {
    if (!this.#menu.hidden && !this.#menu.parentElement!.contains(target)) {
      this.#toggleMenuClosed();
    }
  }

  #toggleMenuClosed(): void {
    this.#menu.hidden = true;
    setAttribute(this.#buttons.get("react")!, "aria-expanded", "false");
  }
}
