import type { Meeting, Participant } from "@eventmeet/client";
import { arrangeChildren, element, setAttribute, setText } from "./dom.js";
import { changeIcon, icon } from "./icons.js";
import { panel } from "./panel.js";
import { isSending } from "./stage.js";
import { hueOf, initialsOf } from "./words.js";

/** Who is here, and for moderators what to do about it. */
export class PeoplePanel {
  readonly root: HTMLElement;
  readonly #meeting: Meeting;
  readonly #list = element("ul", { class: "people", "data-testid": "people-list" });
  readonly #rows = new Map<string, HTMLElement>();

  constructor(meeting: Meeting, onClose: () => void) {
    this.#meeting = meeting;
    this.root = panel("people", "People", onClose, this.#list);
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  open(): void {
    this.root.hidden = false;
    this.show();
    this.root.querySelector("button")?.focus();
  }

  show(): void {
    if (!this.isOpen) {
      return;
    }
    const people = this.#meeting.participants;
    const here = new Set(people.map(({ id }) => id));
    for (const id of this.#rows.keys()) {
      if (!here.has(id)) {
        this.#rows.delete(id);
      }
    }
    arrangeChildren(
      this.#list,
      people.map((participant) => this.#row(participant)),
    );
  }

  #row(participant: Participant): HTMLElement {
    let row = this.#rows.get(participant.id);
    if (row === undefined) {
      row = this.#makeRow(participant);
      this.#rows.set(participant.id, row);
    }
    const isSelf = participant.id === this.#meeting.self?.id;
    const isMicrophoneOff = isSelf ? this.#meeting.microphone.muted : !isSending(participant, "microphone");
    const isCameraOff = isSelf ? this.#meeting.camera.muted : !isSending(participant, "camera");
    setText(row.querySelector(".person-name")!, isSelf ? `${participant.name} (you)` : participant.name);
    setText(row.querySelector(".initials")!, initialsOf(participant.name));
    setAttribute(row, "data-hand", participant.handRaised === true);
    changeIcon(row.querySelector(".state-microphone")!, isMicrophoneOff ? "microphoneOff" : "microphone");
    changeIcon(row.querySelector(".state-camera")!, isCameraOff ? "cameraOff" : "camera");
    const details = [
      participant.handRaised === true && "hand raised",
      `microphone ${isMicrophoneOff ? "off" : "on"}`,
      `camera ${isCameraOff ? "off" : "on"}`,
    ];
    setText(row.querySelector(".unseen")!, details.filter((detail) => detail !== false).join(", "));
    const mute = row.querySelector<HTMLButtonElement>("[data-action=mute]");
    if (mute !== null) {
      mute.disabled = isMicrophoneOff;
    }
    return row;
  }

  #makeRow({ id, identity, name }: Participant): HTMLElement {
    const isModerated = this.#meeting.grants?.roomAdmin === true && id !== this.#meeting.self?.id;
    const row = element(
      "li",
      { class: "person", "data-testid": "person", "data-participant": id },
      element("span", { class: "initials small", "aria-hidden": "true" }),
      element("span", { class: "person-name" }),
      element("span", { class: "unseen" }),
    );
    row.style.setProperty("--hue", String(hueOf(identity)));
    const hand = icon("hand");
    hand.classList.add("person-hand");
    const camera = icon("camera");
    camera.classList.add("state-camera");
    const microphone = icon("microphone");
    microphone.classList.add("state-microphone");
    row.append(hand, camera);
    if (isModerated) {
      row.append(
        this.#action("mute", `Mute ${name}`, microphone, () => this.#meeting.muteParticipant(id)),
        this.#action("remove", `Remove ${name}`, icon("remove"), () => this.#remove(id, name)),
      );
    } else {
      row.append(microphone);
    }
    return row;
  }

  #action(name: "mute" | "remove", label: string, image: SVGSVGElement, act: () => void): HTMLElement {
    return element(
      "button",
      {
        class: "quiet-button",
        type: "button",
        "aria-label": label,
        title: label,
        "data-action": name,
        onclick: act,
      },
      image,
    );
  }

  #remove(id: string, name: string): void {
    if (confirm(`Remove ${name} from the meeting?`)) {
      this.#meeting.removeParticipant(id);
    }
  }
}
