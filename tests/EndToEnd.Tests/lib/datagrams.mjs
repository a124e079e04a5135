/*
 * Datagrams as media ports get them, and then mutated: the first byte says which protocol (RFC 7983):
 * 0-3 STUN, 20-63 DTLS, 128-191 RTP and RTCP; everything else is nobody's.
 */
import dgram from "node:dgram";

/** xorshift32: the same seed, the same storm. */
export function seeded(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A binding request for this ufrag with an integrity that is not right (RFC 8489, RFC 8445). */
function bindingRequest(ufrag, random) {
  const username = Buffer.from(`${ufrag}:abcd`);
  const padded = Buffer.alloc((username.length + 3) & ~3);
  username.copy(padded);
  const attribute = (type, value, length = value.length) => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(length, 2);
    return Buffer.concat([head, value]);
  };
  const attributes = Buffer.concat([
    attribute(0x0006, padded, username.length),
    attribute(0x0024, Buffer.from([0x6e, 0x7f, 0x1e, 0xff])),
    attribute(0x802a, noise(8, random)),
    attribute(0x0025, Buffer.alloc(0)),
    attribute(0x0008, noise(20, random)),
    attribute(0x8028, noise(4, random)),
  ]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x0001, 0);
  header.writeUInt16BE(attributes.length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  noise(12, random).copy(header, 8);
  return Buffer.concat([header, attributes]);
}

/** A DTLS 1.2 ClientHello in one record (RFC 6347). */
function clientHello(random) {
  const extensions = Buffer.from("0017000000" + "0a000600040017001d" + "0e0009000600070008000100", "hex");
  const body = Buffer.concat([
    Buffer.from("fefd", "hex"),
    noise(32, random),
    Buffer.from([0, 0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0]),
    Buffer.from([extensions.length >> 8, extensions.length & 255]),
    extensions,
  ]);
  const handshake = Buffer.alloc(12);
  handshake[0] = 1;
  handshake.writeUIntBE(body.length, 1, 3);
  handshake.writeUIntBE(body.length, 9, 3);
  const record = Buffer.alloc(13);
  record[0] = 22;
  record.writeUInt16BE(0xfefd, 1);
  record.writeUInt16BE(handshake.length + body.length, 11);
  return Buffer.concat([record, handshake, body]);
}

/** RTP with a one-byte header extension, as browsers send it (RFC 3550, RFC 8285). */
function rtp(random) {
  const header = Buffer.alloc(20);
  header[0] = 0x90;
  header[1] = 96 + random(32);
  noise(10, random).copy(header, 2);
  header.writeUInt16BE(0xbede, 12);
  header.writeUInt16BE(1, 14);
  header[16] = 0x30;
  header[17] = 0x31;
  return Buffer.concat([header, noise(40 + random(1100), random)]);
}

/** A compound of receiver report and feedback (RFC 3550, RFC 4585). */
function rtcp(random) {
  const report = Buffer.concat([Buffer.from([0x81, 201, 0, 7]), noise(28, random)]);
  const nack = Buffer.concat([Buffer.from([0x81, 205, 0, 3]), noise(12, random)]);
  return Buffer.concat([report, nack, noise(14, random)]);
}

function noise(length, random) {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) {
    bytes[at] = random(256);
  }
  return bytes;
}

function mutate(datagram, random) {
  const mutated = Buffer.from(datagram);
  for (let flips = random(6); flips > 0; flips--) {
    mutated[random(mutated.length)] = random(256);
  }
  return random(4) === 0 ? mutated.subarray(0, random(mutated.length)) : mutated;
}

/** Sends so many mutated datagrams from several sockets; about twenty thousand a second, that the rest may go on. */
export async function storm(count, { ports, ufrag, seed }) {
  const random = seeded(seed);
  const shapes = [
    () => bindingRequest(ufrag, random),
    () => clientHello(random),
    () => rtp(random),
    () => rtcp(random),
    () => noise(1 + random(1400), random),
  ];
  // Made once in many: what costs here is the making, and mutations differ anyway.
  const originals = Array.from({ length: 500 }, (_, index) => shapes[index % shapes.length]());
  const sockets = Array.from({ length: 16 }, () => dgram.createSocket("udp4"));
  for (const socket of sockets) {
    socket.on("message", () => undefined);
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  }
  const batch = 200;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += batch) {
    await Promise.all(
      Array.from(
        { length: batch },
        (_, index) =>
          new Promise((resolve) =>
            sockets[index % sockets.length].send(
              mutate(originals[random(originals.length)], random),
              ports[index % ports.length],
              "127.0.0.1",
              resolve,
            ),
          ),
      ),
    );
    const aheadMs = (sent / 20_000) * 1000 - (performance.now() - startedAt);
    await new Promise((resolve) => (aheadMs > 1 ? setTimeout(resolve, aheadMs) : setImmediate(resolve)));
  }
  sockets.forEach((socket) => socket.close());
}
