import { randomUUID } from "node:crypto";

/** The REST API as a tenant's back end uses it. EVENTMEET_URL and EVENTMEET_API_KEY say where and who. */
export class Api {
  constructor(url = process.env.EVENTMEET_URL, key = process.env.EVENTMEET_API_KEY) {
    if (!url || !key) {
      throw new Error("Set EVENTMEET_URL and EVENTMEET_API_KEY: infra/local/up prints both.");
    }
    this.url = url.replace(/\/$/, "");
    this.key = key;
  }

  createRoom(fields = {}) {
    return this.#send("POST", "/v1/rooms", fields);
  }

  endRoom(room) {
    return this.#send("DELETE", `/v1/rooms/${room}`);
  }

  /** A participant token and the link to the meeting page that carries it. Of a person, only who they are. */
  invite(room, { identity, name }, grants = {}) {
    return this.#send("POST", `/v1/rooms/${room}/tokens`, { identity, name, grants });
  }

  async participants(room) {
    return (await this.#send("GET", `/v1/rooms/${room}/participants`)).data;
  }

  startRecording(room, fields = {}) {
    return this.#send("POST", `/v1/rooms/${room}/recordings`, fields);
  }

  recording(recording) {
    return this.#send("GET", `/v1/recordings/${recording}`);
  }

  async recordingsOf(room) {
    return (await this.#send("GET", `/v1/rooms/${room}/recordings`)).data;
  }

  stopRecording(recording) {
    return this.#send("POST", `/v1/recordings/${recording}/stop`);
  }

  async filesOf(recording) {
    return (await this.#send("GET", `/v1/recordings/${recording}/files`)).data;
  }

  createComposite(recording, fields) {
    return this.#send("POST", `/v1/recordings/${recording}/composites`, fields);
  }

  createWebhook(fields) {
    return this.#send("POST", "/v1/webhooks", fields);
  }

  deleteWebhook(webhook) {
    return this.#send("DELETE", `/v1/webhooks/${webhook}`);
  }

  room(room) {
    return this.#send("GET", `/v1/rooms/${room}`);
  }

  /** Every room that is not over. */
  async rooms() {
    const all = [];
    for (let cursor; ;) {
      const page = await this.#send(
        "GET",
        `/v1/rooms?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
      );
      all.push(...page.data);
      cursor = page.nextCursor;
      if (!cursor) {
        return all;
      }
    }
  }

  async #send(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.key}`,
        ...(method === "POST" ? { "Idempotency-Key": randomUUID() } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}
