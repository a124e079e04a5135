import dgram from "node:dgram";

const isRtp = (datagram) => (datagram[0] & 0xc0) === 0x80 && ((datagram[1] & 0x7f) < 64 || (datagram[1] & 0x7f) > 95);

/** A path between a browser and the server on this machine, which loses some of the RTP packets towards the browser. */
export class LossyPath {
  /** RTP packets towards the browser: all, those with the P bit, those lost. */
  seen = { packets: 0, padded: 0, lost: 0 };
  #near = dgram.createSocket("udp4");
  #far = dgram.createSocket("udp4");
  #browser;
  #chance = 1;

  /** @param server port of the server on the loopback  @param loss from 0 to 1 */
  static async to(server, loss) {
    const path = new LossyPath();
    path.#near.on("message", (datagram, from) => {
      path.#browser = from;
      path.#far.send(datagram, server, "127.0.0.1");
    });
    path.#far.on("message", (datagram) => path.#pass(datagram, loss));
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

  /** The port that stands for the server's. */
  get port() {
    return this.#near.address().port;
  }

  close() {
    this.#near.close();
    this.#far.close();
  }

  #pass(datagram, loss) {
    if (isRtp(datagram)) {
      this.seen.packets++;
      this.seen.padded += (datagram[0] & 0x20) === 0 ? 0 : 1;
      if (this.#next() < loss) {
        this.seen.lost++;
        return;
      }
    }
    this.#near.send(datagram, this.#browser.port, this.#browser.address);
  }

  // The same losses in every run (Park and Miller, 1988).
  #next() {
    this.#chance = (this.#chance * 48_271) % 2_147_483_647;
    return this.#chance / 2_147_483_647;
  }
}
