import { listDevices, type Meeting } from "@eventmeet/client";
import { shortcuts } from "./controls.js";
import { element } from "./dom.js";
import { icon } from "./icons.js";
import { fill } from "./lobbyView.js";
import { readPreferences, rememberPreferences } from "./preferences.js";

type Device = "microphone" | "camera" | "speaker";

/** Devices and keys, during the meeting. */
export class SettingsDialog {
  readonly root: HTMLDialogElement;
  readonly #meeting: Meeting;
  readonly #onError: (error: unknown) => void;
  readonly #selects: Record<Device, HTMLSelectElement> = {
    microphone: element("select", { id: "settings-microphone" }),
    camera: element("select", { id: "settings-camera" }),
    speaker: element("select", { id: "settings-speaker" }),
  };

  constructor(meeting: Meeting, onError: (error: unknown) => void) {
    this.#meeting = meeting;
    this.#onError = onError;
    const close = element("button", {
      class: "quiet-button",
      type: "button",
      "aria-label": "Close settings",
      onclick: () => this.root.close(),
    });
    close.append(icon("close"));
    this.root = element(
      "dialog",
      { class: "dialog", "aria-labelledby": "settings-title", "data-testid": "settings-dialog" },
      element("header", { class: "panel-header" }, element("h2", { id: "settings-title" }, "Settings"), close),
      ...Object.entries(this.#selects).map(([key, select]) => this.#field(key as Device, select)),
      this.#keys(),
    );
  }

  async open(): Promise<void> {
    this.root.showModal();
    const devices = await listDevices();
    fill(this.#selects.microphone, devices.microphones, this.#meeting.microphone.deviceId);
    fill(this.#selects.camera, devices.cameras, this.#meeting.camera.deviceId);
    fill(this.#selects.speaker, devices.speakers, readPreferences().speaker);
    for (const select of Object.values(this.#selects)) {
      select.closest<HTMLElement>(".field")!.hidden = select.options.length === 0;
    }
  }

  #field(key: Device, select: HTMLSelectElement): HTMLElement {
    select.addEventListener("change", () => {
      rememberPreferences({ [key]: select.value });
      this.#meeting.setDevices({ [key]: select.value }).catch(this.#onError);
    });
    const label = key[0]!.toUpperCase() + key.slice(1);
    return element("div", { class: "field" }, element("label", { for: select.id }, label), select);
  }

  #keys(): HTMLElement {
    const isOn = element("input", {
      type: "checkbox",
      checked: readPreferences().hasNoShortcuts !== true,
      onchange: (event: Event) => rememberPreferences({ hasNoShortcuts: !(event.target as HTMLInputElement).checked }),
    });
    return element(
      "section",
      { class: "keys" },
      element("label", { class: "check" }, isOn, "Keyboard shortcuts"),
      element(
        "dl",
        {},
        ...shortcuts.flatMap(({ key, does }) => [
          element("dt", {}, element("kbd", {}, key.toUpperCase())),
          element("dd", {}, does),
        ]),
      ),
    );
  }
}
