import type { ChatMessage, Meeting, Participant } from "@eventmeet/client";
import { element, setAttribute } from "./dom.js";
import { icon } from "./icons.js";
import { panel } from "./panel.js";
import { clockOf } from "./words.js";

/** What is said in writing, to all or to one. */
export class ChatPanel {
  readonly root: HTMLElement;
  readonly #meeting: Meeting;
  readonly #list = element("ol", {
    class: "messages",
    tabindex: 0,
    "aria-label": "Messages",
    "data-testid": "chat-messages",
  });
  readonly #empty = element(
    "p",
    { class: "hint" },
    "Nothing has been written yet. Only people who are here can read what you write.",
  );
  readonly #input: HTMLTextAreaElement;
  readonly #to: HTMLSelectElement;
  /** Names are kept: an author may be gone when the message is read. */
  readonly #names = new Map<string, string>();

  constructor(meeting: Meeting, onClose: () => void) {
    this.#meeting = meeting;
    this.#to = element("select", { "aria-label": "Send to", "data-testid": "chat-to" });
    this.#input = element("textarea", {
      rows: 1,
      maxlength: 4000,
      placeholder: "Write a message",
      "aria-label": "Message",
      "data-testid": "chat-input",
      onkeydown: (event: KeyboardEvent) => this.#key(event),
    });
    const send = element("button", { class: "send", type: "submit", "aria-label": "Send", "data-testid": "chat-send" });
    send.append(icon("send"));
    const form = element(
      "form",
      { class: "chat-form", onsubmit: (event: Event) => (event.preventDefault(), this.#send()) },
      this.#to,
      element("div", { class: "chat-line" }, this.#input, send),
    );
    const mayWrite = meeting.grants?.canPublishData !== false;
    this.root = panel("chat", "Chat", onClose, this.#empty, this.#list, ...(mayWrite ? [form] : []));
    this.showPeople();
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  open(): void {
    this.root.hidden = false;
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#input.focus();
  }

  add(message: ChatMessage): void {
    this.#empty.hidden = true;
    const isOwn = message.from === this.#meeting.self?.id;
    const isAtEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 60;
    const toWhom =
      message.to === undefined ? "" : isOwn ? ` to ${this.nameOf(message.to)}, privately` : " to you, privately";
    this.#list.append(
      element(
        "li",
        {
          class: "message",
          "data-own": isOwn,
          "data-private": message.to !== undefined,
          "data-testid": "chat-message",
          "data-from": message.from,
        },
        element(
          "p",
          { class: "message-head" },
          element("span", { class: "message-author" }, isOwn ? "You" : this.nameOf(message.from)),
          toWhom,
          " ",
          element("time", { datetime: message.at }, clockOf(message.at)),
        ),
        element("p", { class: "message-text" }, ...linked(message.text)),
      ),
    );
    if (isAtEnd || isOwn) {
      this.#list.scrollTop = this.#list.scrollHeight;
    }
  }

  showPeople(): void {
    const others = this.#meeting.participants.filter(({ id }) => id !== this.#meeting.self?.id);
    others.forEach(({ id, name }) => this.#names.set(id, name));
    const chosen = this.#to.value;
    this.#to.replaceChildren(
      element("option", { value: "" }, "To everybody"),
      ...others.map(({ id, name }: Participant) => element("option", { value: id }, `Only to ${name}`)),
    );
    this.#to.value = others.some(({ id }) => id === chosen) ? chosen : "";
    setAttribute(this.#to, "data-private", this.#to.value !== "");
  }

  nameOf(id: string): string {
    return id === "server"
      ? "Organizer"
      : (this.#names.get(id) ?? this.#meeting.participant(id)?.name ?? "Somebody who left");
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#send();
    }
  }

  #send(): void {
    const text = this.#input.value.trim();
    if (text !== "" && this.#meeting.sendChat(text, this.#to.value || undefined)) {
      this.#input.value = "";
    }
  }
}

/** Web addresses become links; everything else stays text. */
function linked(text: string): (Node | string)[] {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2 === 0
        ? part
        : element("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part),
    );
}
