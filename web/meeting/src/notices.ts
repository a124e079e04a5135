import { element } from "./dom.js";

/** Short-lived messages above the controls. */
export class Notices {
  readonly root = element("div", { class: "notices", "data-testid": "notices" });
  readonly #announce: (text: string) => void;

  constructor(announce: (text: string) => void) {
    this.#announce = announce;
  }

  show(text: string, kind: "plain" | "warning" = "plain"): void {
    this.#announce(text);
    this.showSilently(text, kind);
  }

  /** For what another part of the page announces itself. */
  showSilently(text: string, kind: "plain" | "warning" = "plain"): void {
    const notice = element("p", { class: "notice", "data-kind": kind, "data-testid": "notice" }, text);
    this.root.append(notice);
    while (this.root.children.length > 3) {
      this.root.firstElementChild!.remove();
    }
    setTimeout(() => notice.remove(), kind === "warning" ? 8_000 : 4_000);
  }
}
