import http from "node:http";
import { Webhook } from "standardwebhooks";
import { until } from "./expectations.mjs";

/** A tenant's own HTTP server on this machine: takes events, believes only those that Standard Webhooks' own library verifies. */
export class WebhookReceiver {
  /** Everything genuine, in order of arrival; repeated ones once. */
  events = [];
  /** What was not genuine, in words. */
  refused = [];
  #server;
  #webhook;
  #seen = new Set();

  /** Listens, and makes an endpoint for these event types. */
  static async open(api, events) {
    const receiver = new WebhookReceiver();
    receiver.#server = http.createServer((request, response) => receiver.#take(request, response));
    await new Promise((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${receiver.#server.address().port}/hooks`;
    const endpoint = await api.createWebhook({ url, events });
    receiver.#webhook = new Webhook(endpoint.secret);
    receiver.endpoint = endpoint.id;
    return receiver;
  }

  /** The event of this type about this recording. */
  async next(type, recording, { within = 60_000 } = {}) {
    return until(
      `the event ${type} of ${recording}`,
      () => {
        const last = this.of(recording);
        const found = last.find((event) => type.test(event.type));
        return { isDone: found !== undefined, last: found ?? last.map((event) => event.type) };
      },
      { within },
    );
  }

  of(recording) {
    return this.events.filter(({ data }) => data.recording?.id === recording);
  }

  async close(api) {
    await api.deleteWebhook(this.endpoint).catch(() => undefined);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request, response) {
    const parts = [];
    for await (const part of request) {
      parts.push(part);
    }
    try {
      const event = this.#webhook.verify(Buffer.concat(parts).toString(), request.headers);
      if (!this.#seen.has(request.headers["webhook-id"])) {
        this.#seen.add(request.headers["webhook-id"]);
        this.events.push(event);
      }
      response.writeHead(204).end();
    } catch (error) {
      this.refused.push(error.message);
      response.writeHead(400).end();
    }
  }
}
