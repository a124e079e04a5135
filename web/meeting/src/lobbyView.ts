import { listDevices, type JoinOptions, type TokenClaims } from "@eventmeet/client";
import { element, setAttribute, setText } from "./dom.js";
import { changeIcon, icon } from "./icons.js";
import { LevelMeter } from "./levelMeter.js";
import { readPreferences, rememberPreferences } from "./preferences.js";
import { Preview } from "./preview.js";
import { explanations, initialsOf } from "./words.js";

const patienceMs = 3_000;

type Source = "microphone" | "camera";

/** What the person chose before joining. */
export interface Choice {
  name: string;
  options: JoinOptions;
  /** Devices that are chosen but off: they are wanted when they are turned on. */
  devices: { microphone?: string; camera?: string; speaker?: string };
}

/** The room before the room: see and hear oneself, choose devices and name, join. */
export class LobbyView {
  readonly root: HTMLElement;
  readonly #preview = new Preview();
  readonly #meter: LevelMeter;
  readonly #video = element("video", { class: "preview-video", autoplay: true, muted: true, playsinline: true });
  readonly #initials = element("span", { class: "initials", "aria-hidden": "true" });
  readonly #state = element("p", { class: "preview-state", "data-testid": "preview-state" });
  readonly #problem = element("p", { class: "problem", role: "alert", hidden: true, "data-testid": "device-problem" });
  readonly #name: HTMLInputElement;
  readonly #join: HTMLButtonElement;
  readonly #buttons: Record<Source, HTMLButtonElement>;
  readonly #selects: Record<Source | "speaker", HTMLSelectElement>;
  readonly #isOff: Record<Source, boolean>;
  readonly #mayUse: Record<Source, boolean>;
  readonly #starting: Promise<void>;
  readonly #onDeviceChange = (): void => void this.#listDevices();

  constructor(claims: TokenClaims, onJoin: (choice: Choice) => void) {
    const preferences = readPreferences();
    this.#mayUse = { microphone: mayPublish(claims, "microphone"), camera: mayPublish(claims, "camera") };
    this.#isOff = { microphone: preferences.isMicrophoneOff === true, camera: preferences.isCameraOff === true };
    this.#video.muted = true;
    this.#buttons = { microphone: this.#button("microphone"), camera: this.#button("camera") };
    this.#selects = {
      microphone: this.#select("microphone", "Microphone"),
      camera: this.#select("camera", "Camera"),
      speaker: this.#select("speaker", "Speaker"),
    };
    this.#name = element("input", {
      id: "name",
      type: "text",
      maxlength: 60,
      autocomplete: "name",
      required: true,
      value: claims.name ?? preferences.name ?? claims.identity,
      disabled: !claims.canUpdateOwnMetadata,
      oninput: () => this.#show(),
      "data-testid": "name-input",
    });
    this.#join = element("button", { class: "primary", type: "submit", "data-testid": "join-button" }, "Join");
    const bar = element("div", {
      class: "level",
      role: "meter",
      "aria-label": "Microphone level",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "data-testid": "level-meter",
    });
    this.#meter = new LevelMeter(bar);
    this.root = this.#build(claims, bar, onJoin);
    navigator.mediaDevices?.addEventListener("devicechange", this.#onDeviceChange);
    this.#show();
    this.#starting = this.#start(preferences);
  }

  /** While the session is being made the form stays, but does nothing. */
  set isBusy(isBusy: boolean) {
    setAttribute(this.root, "aria-busy", isBusy);
    this.#join.disabled = isBusy;
    setText(this.#join, isBusy ? "Joining…" : "Join");
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#onDeviceChange);
    this.#meter.stop();
    this.#preview.close();
    this.#video.srcObject = null;
  }

  #build(claims: TokenClaims, bar: HTMLElement, onJoin: (choice: Choice) => void): HTMLElement {
    const submit = (event: Event): void => {
      event.preventDefault();
      if (!this.#join.disabled) {
        void this.#submit(onJoin);
      }
    };
    const field = (key: Source | "speaker", label: string): HTMLElement =>
      element(
        "div",
        { class: "field", "data-for": key },
        element("label", { for: `${key}-select` }, label),
        this.#selects[key],
      );
    return element(
      "main",
      { class: "lobby", "data-testid": "lobby" },
      element(
        "section",
        { class: "preview", "aria-label": "Your camera", "data-testid": "preview" },
        this.#video,
        this.#initials,
        this.#state,
        element("div", { class: "preview-controls" }, this.#buttons.microphone, this.#buttons.camera),
      ),
      element(
        "form",
        { class: "card", onsubmit: submit },
        element("p", { class: "eyebrow" }, "You are invited to"),
        element("h1", { "data-testid": "room-name" }, claims.room),
        element("div", { class: "field" }, element("label", { for: "name" }, "Your name"), this.#name),
        element(
          "details",
          { class: "devices", open: matchMedia("(min-width: 821px)").matches, "data-testid": "devices" },
          element("summary", {}, "Devices"),
          field("microphone", "Microphone"),
          field("camera", "Camera"),
          field("speaker", "Speaker"),
        ),
        element("div", { class: "meter" }, icon("microphone"), bar),
        this.#problem,
        this.#join,
        !this.#mayUse.microphone &&
          !this.#mayUse.camera &&
          element("p", { class: "hint" }, "This invitation lets you watch and listen."),
      ),
    );
  }

  #button(source: Source): HTMLButtonElement {
    const button = element("button", {
      type: "button",
      class: "round",
      "data-testid": `lobby-${source}-button`,
      onclick: () => void this.#toggle(source),
    });
    button.append(icon(source));
    return button;
  }

  #select(key: Source | "speaker", label: string): HTMLSelectElement {
    return element("select", {
      id: `${key}-select`,
      "aria-label": label,
      "data-testid": `${key}-select`,
      onchange: (event: Event) => void this.#chosen(key, (event.target as HTMLSelectElement).value),
    });
  }

  async #start(preferences: { microphone?: string; camera?: string }): Promise<void> {
    const wanted = (["microphone", "camera"] as const).filter((source) => this.#mayUse[source] && !this.#isOff[source]);
    if (wanted.length === 2) {
      await this.#preview.turnBothOn(preferences);
    } else if (wanted[0] !== undefined) {
      await this.#preview.turnOn(wanted[0], preferences[wanted[0]]);
    }
    await this.#listDevices();
    setAttribute(this.root, "data-ready", true);
  }

  /** Who joins at once still brings the devices that are just coming; nobody waits for an unanswered question. */
  async #submit(onJoin: (choice: Choice) => void): Promise<void> {
    this.isBusy = true;
    await Promise.race([this.#starting, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
    onJoin(this.#choice());
  }

  async #toggle(source: Source): Promise<void> {
    this.#isOff[source] = this.#preview.tracks[source] !== undefined;
    rememberPreferences(
      source === "camera" ? { isCameraOff: this.#isOff.camera } : { isMicrophoneOff: this.#isOff.microphone },
    );
    if (this.#isOff[source]) {
      this.#preview.turnOff(source);
    } else {
      await this.#preview.turnOn(source, this.#selects[source].value || undefined);
      await this.#listDevices();
    }
    this.#show();
  }

  async #chosen(key: Source | "speaker", deviceId: string): Promise<void> {
    rememberPreferences({ [key]: deviceId });
    if (key !== "speaker" && this.#preview.tracks[key] !== undefined) {
      await this.#preview.turnOn(key, deviceId);
      this.#show();
    }
  }

  async #listDevices(): Promise<void> {
    const devices = await listDevices();
    const preferences = readPreferences();
    fill(this.#selects.microphone, devices.microphones, this.#deviceOf("microphone") ?? preferences.microphone);
    fill(this.#selects.camera, devices.cameras, this.#deviceOf("camera") ?? preferences.camera);
    fill(this.#selects.speaker, devices.speakers, preferences.speaker);
    this.#show();
  }

  #deviceOf(source: Source): string | undefined {
    return this.#preview.tracks[source]?.getSettings().deviceId;
  }

  #show(): void {
    for (const source of ["microphone", "camera"] as const) {
      const isOn = this.#preview.tracks[source] !== undefined;
      const button = this.#buttons[source];
      changeIcon(button.querySelector("svg")!, isOn ? source : `${source}Off`);
      setAttribute(button, "aria-label", `Turn ${source} ${isOn ? "off" : "on"}`);
      setAttribute(button, "title", `Turn ${source} ${isOn ? "off" : "on"}`);
      setAttribute(button, "data-off", !isOn);
      button.hidden = !this.#mayUse[source];
    }
    for (const key of ["microphone", "camera", "speaker"] as const) {
      this.#selects[key].closest<HTMLElement>(".field")!.hidden =
        this.#selects[key].options.length === 0 || (key !== "speaker" && !this.#mayUse[key]);
    }
    this.root.querySelector<HTMLElement>(".devices")!.hidden = Object.values(this.#selects).every(
      (select) => select.options.length === 0,
    );
    this.root.querySelector<HTMLElement>(".meter")!.hidden = !this.#mayUse.microphone;
    this.#showPicture();
    this.#showProblem();
  }

  #showPicture(): void {
    const camera = this.#preview.tracks.camera;
    const shown = (this.#video.srcObject as MediaStream | null)?.getVideoTracks()[0];
    if (camera !== shown) {
      this.#video.srcObject = camera === undefined ? null : new MediaStream([camera]);
    }
    if (this.#watched !== this.#preview.tracks.microphone) {
      this.#watched = this.#preview.tracks.microphone;
      this.#meter.watch(this.#watched);
    }
    this.#video.hidden = camera === undefined;
    this.#initials.hidden = camera !== undefined;
    setText(this.#initials, initialsOf(this.#name.value));
    setText(this.#state, camera === undefined ? "Your camera is off" : "");
  }

  #watched: MediaStreamTrack | undefined;

  #showProblem(): void {
    const kinds = [
      ...new Set(
        Object.values(this.#preview.problems).flatMap((problem) => (problem === undefined ? [] : [problem.kind])),
      ),
    ];
    this.#problem.hidden = kinds.length === 0;
    setAttribute(this.#problem, "data-kind", kinds.join(" "));
    setText(this.#problem, kinds.map((kind) => `${explanations[kind].title}. ${explanations[kind].advice}`).join(" "));
  }

  #choice(): Choice {
    const name = this.#name.value.trim();
    rememberPreferences({ name });
    const devices: Choice["devices"] = {};
    if (this.#selects.speaker.value !== "") {
      devices.speaker = this.#selects.speaker.value;
    }
    for (const source of ["microphone", "camera"] as const) {
      if (this.#preview.tracks[source] === undefined && this.#selects[source].value !== "") {
        devices[source] = this.#selects[source].value;
      }
    }
    this.#meter.stop();
    this.#watched = undefined;
    const tracks = this.#preview.handOver();
    const options = { audio: tracks.microphone ?? false, video: tracks.camera ?? false, takeOverTracks: true };
    return { name, options, devices };
  }
}

function mayPublish({ canPublish, canPublishSources }: TokenClaims, source: Source): boolean {
  return canPublish && (canPublishSources === undefined || canPublishSources.includes(source));
}

/** Devices without a name are those the person has not allowed yet: nothing to choose by. */
export function fill(select: HTMLSelectElement, devices: readonly MediaDeviceInfo[], chosen: string | undefined): void {
  const named = devices.filter(({ label }) => label !== "");
  select.replaceChildren(...named.map(({ deviceId, label }) => element("option", { value: deviceId }, label)));
  if (named.some(({ deviceId }) => deviceId === chosen)) {
    select.value = chosen!;
  }
}
