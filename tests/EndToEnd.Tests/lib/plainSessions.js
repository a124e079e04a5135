/* Runs inside a page: publishes a camera that is hard to encode (WHIP), or watches one (WHEP), without the SDK. */
(() => {
  const sessions = {};

  async function connect(connection, url, token, rewrite) {
    await connection.setLocalDescription();
    await new Promise((done) => {
      const check = () => connection.iceGatheringState === "complete" && done();
      connection.addEventListener("icegatheringstatechange", check);
      check();
    });
    const answer = await fetch(url, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" },
      body: connection.localDescription.sdp,
    });
    const sdp = await answer.text();
    if (answer.status !== 201) {
      throw new Error(`${answer.status}: ${sdp}`);
    }
    await connection.setRemoteDescription({ type: "answer", sdp: rewrite(sdp) });
  }

  // Noise that changes with every frame, so that a picture takes many packets.
  function noisyCamera(scale) {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320 * scale, height: 180 * scale });
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const tile = context.createImageData(160, 90);
    for (let at = 0; at < tile.data.length; at++) {
      tile.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
    }
    const noise = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
    noise.getContext("2d").putImageData(tile, 0, 0);
    let frame = 0;
    setInterval(() => {
      frame++;
      const [x, y] = [(frame * 37) % 160, (frame * 23) % 90];
      for (const [dx, dy] of [[0, 0], [160, 0], [320, 0], [0, 90], [160, 90], [320, 90], [0, 180], [160, 180], [320, 180]]) {
        context.drawImage(noise, dx - x, dy - y);
      }
    }, 33);
    return canvas.captureStream(30).getVideoTracks()[0];
  }

  window.plainSessions = {
    /** @param encodings several for simulcast  @param scale of the picture, 1 for 320 by 180 */
    async publish(url, token, encodings, scale = 1) {
      const connection = new RTCPeerConnection();
      sessions.publisher = connection;
      connection.addTransceiver(noisyCamera(scale), { direction: "sendonly", sendEncodings: encodings });
      await connect(connection, url, token, (sdp) => sdp);
    },

    /** @param detours which port takes the place of which of the server's in its candidates */
    async view(url, token, detours) {
      const connection = new RTCPeerConnection();
      sessions.viewer = connection;
      connection.addTransceiver("video", { direction: "recvonly" });
      const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
      document.body.append(video);
      connection.addEventListener("track", ({ track }) => (video.srcObject = new MediaStream([track])));
      const udp = /^(a=candidate:\S+ 1 udp \d+ \S+) (\d+)/gim;
      await connect(connection, url, token, (sdp) =>
        sdp
          .replace(udp, (_, before, port) => `${before} ${detours[port]}`)
          .replace(/^a=candidate:\S+ 1 tcp .*\r\n/gim, ""),
      );
    },

    /** The heights that are encoded now, from small to large. */
    async heights() {
      const reports = [...(await sessions.publisher.getStats()).values()];
      const streams = reports.filter(({ type, framesPerSecond }) => type === "outbound-rtp" && framesPerSecond > 0);
      return streams.map(({ frameHeight }) => frameHeight).sort((a, b) => a - b);
    },

    /** The stream's own statistics, of whoever publishes or watches here. */
    async statistics() {
      for (const report of (await (sessions.viewer ?? sessions.publisher).getStats()).values()) {
        if ((report.type === "inbound-rtp" || report.type === "outbound-rtp") && report.kind === "video") {
          const { framesEncoded, framesDecoded, frameHeight, nackCount, pliCount, bytesSent } = report;
          return { framesEncoded, framesDecoded, frameHeight, nackCount, pliCount, bytesSent };
        }
      }
      return {};
    },
  };
})();
