import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { cameraFile, colours, toneFile } from "./syntheticMedia.mjs";

const script = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const canvasDevices = ({ colour, tone }, size = [320, 180]) =>
  `${script("canvasDevices.js")};useCanvasDevices(${JSON.stringify(colours[colour])}, ${tone}, ${JSON.stringify(size)});`;
const screenshots = fileURLToPath(new URL("../../../artifacts/screenshots/", import.meta.url));

const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  "--mute-audio",
  // Accepts camera, microphone and screen without a person, and gathers candidates of all interfaces.
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  "--allow-loopback-in-peer-connection",
];

const firefoxPreferences = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  // Without a sound card Web Audio would wait for one for ever.
  "media.cubeb.force_mock_context": true,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.volume_scale": "0.0",
  "network.manage-offline-status": false,
  "media.gmp-manager.url": "",
  "media.gmp-manager.updateEnabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.region.update.enabled": false,
  "browser.region.network.url": "",
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "dom.push.enabled": false,
};

/** A person at a browser, with a camera of one colour and a microphone of one tone. */
export class Guest {
  /** Playwright's or Puppeteer's: only what both have is used. */
  page;
  problems = [];
  #close;

  constructor({ name, identity, colour, tone }) {
    Object.assign(this, { name, identity, colour, tone });
  }

  /** A camera's size has it drawn on a canvas instead of read from a small file. */
  static async withChromium(person, { viewport = { width: 1280, height: 720 }, echo = false, camera } = {}) {
    const guest = new Guest(person);
    const profile = mkdtempSync(path.join(os.tmpdir(), "eventmeet-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      viewport,
      colorScheme: "dark",
      permissions: ["camera", "microphone"],
      args: [
        ...chromiumArguments,
        `--use-file-for-fake-video-capture=${cameraFile(person.colour)}`,
        `--use-file-for-fake-audio-capture=${toneFile(person.tone)}`,
      ],
    });
    await context.addInitScript(camera ? canvasDevices(person, camera) : script("cleanMicrophone.js"));
    await context.addInitScript(script("pageChecks.js"));
    if (echo) {
      await context.addInitScript(script("echoServer.js"));
    }
    guest.page = context.pages()[0] ?? (await context.newPage());
    guest.page.on("pageerror", (error) => guest.problems.push(error.message));
    guest.#close = async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    };
    return guest;
  }

  static async withFirefox(person, { echo = false, camera } = {}) {
    const guest = new Guest(person);
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
      headless: true,
      protocolTimeout: 60_000,
      extraPrefsFirefox: firefoxPreferences,
      env: { ...process.env, MOZ_DISABLE_CONTENT_SANDBOX: "1", MOZ_HEADLESS: "1" },
    });
    guest.page = await browser.newPage();
    await guest.page.setViewport({ width: 1280, height: 720 });
    await guest.page.evaluateOnNewDocument(canvasDevices(person, camera));
    await guest.page.evaluateOnNewDocument(script("pageChecks.js"));
    if (echo) {
      await guest.page.evaluateOnNewDocument(script("echoServer.js"));
    }
    guest.page.on("pageerror", (error) => guest.problems.push(error.message));
    guest.#close = () => browser.close();
    return guest;
  }

  /** Opens an invitation as far as the lobby or a message. */
  async open(link) {
    await this.page.goto(link);
    await this.page.waitForSelector("[data-testid=lobby], [data-testid=message]");
  }

  /** Opens an invitation and goes in. */
  async join(link) {
    await this.open(link);
    await this.page.waitForSelector("[data-testid=lobby][data-ready]");
    await this.click("join-button");
    await this.page.waitForSelector("[data-testid=meeting], [data-testid=message]");
  }

  click(testId) {
    return this.page.click(`[data-testid=${testId}]`);
  }

  async write(text) {
    await this.page.type("[data-testid=chat-input]", text);
    await this.page.keyboard.press("Enter");
  }

  async messages() {
    return JSON.parse(
      await this.page.evaluate(() =>
        JSON.stringify(
          [...document.querySelectorAll("[data-testid=chat-message]")].map((message) => message.innerText),
        ),
      ),
    );
  }

  /** What the page shows of a person: data attributes, colour, counter. */
  async seen(identity, source = "camera") {
    return JSON.parse(
      await this.page.evaluate(([who, what]) => JSON.stringify(window.checks.seen(who, what)), [identity, source]),
    );
  }

  /** The frequency that the page plays of a person; 0 is silence. */
  heard(identity) {
    return this.page.evaluate((who) => window.checks.heard(who), identity);
  }

  async message() {
    await this.page.waitForSelector("[data-testid=message]");
    return JSON.parse(
      await this.page.evaluate(() => {
        const view = document.querySelector("[data-testid=message]");
        return JSON.stringify({ kind: view.dataset.kind, text: view.innerText });
      }),
    );
  }

  state() {
    return this.page.evaluate(() => window.eventmeet?.state);
  }

  async screenshot(name) {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: path.join(screenshots, `${name}.png`) });
  }

  close() {
    return this.#close();
  }
}
