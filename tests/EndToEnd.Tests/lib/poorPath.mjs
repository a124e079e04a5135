import dgram from "node:dgram";
import os from "node:os";

const isRtp = (datagram) => (datagram[0] & 0xc0) === 0x80 && ((datagram[1] & 0x7f) < 64 || (datagram[1] & 0x7f) > 95);

/** A path between a browser and the server on this machine, which loses some of what is sent to the browser, or passes only so much of it. */
export class PoorPath {
  /** RTP packets towards the browser: all, those with the P bit, those lost or without room in the queue. */
  seen = { packets: 0, padded: 0, lost: 0 };
  /** How much passes towards the browser, in bits per second; may be changed. */
  bitsPerSecond;
  #loss;
  #longestQueue;
  #near = dgram.createSocket("udp4");
  #far = dgram.createSocket("udp4");
  #browser;
  #chance = 1;
  #queue = [];
  #freeAt = 0;
  #timer;

  /**
   * @param server port of the server on the loopback
   * @param loss share of RTP packets, from 0 to 1
   * @param bitsPerSecond what passes; the rest waits in a queue
   * @param longestQueue milliseconds after which the queue is full
   */
  static async to(server, { loss = 0, bitsPerSecond = Infinity, longestQueue = 300 }) {
    const path = new PoorPath();
    [path.#loss, path.bitsPerSecond, path.#longestQueue] = [loss, bitsPerSecond, longestQueue];
    path.#near.on("message", (datagram, from) => {
      path.#browser = from;
      path.#far.send(datagram, server, "127.0.0.1");
    });
    path.#far.on("message", (datagram) => path.#take(datagram));
    // Firefox comes from the address of the default route, and is answered from there.
    for (const [socket, address] of [
      [path.#near, "0.0.0.0"],
      [path.#far, "127.0.0.1"],
    ]) {
      await new Promise((done) => socket.bind(0, address, done));
      socket.setRecvBufferSize(4 << 20);
    }
    return path;
  }

  /** One to each of the server's ports, by port: a room is on one of the shards, of which each has a port. */
  static async toAll(conditions) {
    const first = Number(process.env.EVENTMEET_MEDIA_PORT);
    const ports = os.cpus().map((_, shard) => first + shard);
    return Object.fromEntries(
      await Promise.all(ports.map(async (port) => [port, await PoorPath.to(port, conditions)])),
    );
  }

  /** The port that stands for the server's. */
  get port() {
    return this.#near.address().port;
  }

  close() {
    clearTimeout(this.#timer);
    this.#near.close();
    this.#far.close();
  }

  #take(datagram) {
    if (isRtp(datagram)) {
      this.seen.packets++;
      this.seen.padded += (datagram[0] & 0x20) === 0 ? 0 : 1;
    }
    const now = performance.now();
    const wait = Math.max(this.#freeAt - now, 0);
    if ((isRtp(datagram) && this.#next() < this.#loss) || wait > this.#longestQueue) {
      this.seen.lost++;
      return;
    }
    this.#freeAt = now + wait + ((datagram.length + 28) * 8_000) / this.bitsPerSecond;
    this.#queue.push([this.#freeAt, datagram]);
    this.#pass();
  }

  #pass() {
    clearTimeout(this.#timer);
    while (this.#queue.length > 0 && this.#queue[0][0] <= performance.now() + 0.5) {
      const [, datagram] = this.#queue.shift();
      this.#near.send(datagram, this.#browser.port, this.#browser.address);
    }
    if (this.#queue.length > 0) {
      this.#timer = setTimeout(() => this.#pass(), this.#queue[0][0] - performance.now());
    }
  }

  // The same losses in every run (Park and Miller, 1988).
  #next() {
    this.#chance = (this.#chance * 48_271) % 2_147_483_647;
    return this.#chance / 2_147_483_647;
  }
}
