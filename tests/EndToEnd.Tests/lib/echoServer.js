/*
 * Runs inside the page before its own code: answers the page's session requests with a second RTCPeerConnection that
 * sends back what it gets, as a participant called Echo. It proves that page and SDK work in this browser; it is no server.
 */
(() => {
  const calls = [];
  let peer;
  let channel;
  let revision = 0;

  const self = { id: "me", identity: "me", name: "Me", joinedAt: new Date().toISOString(), tracks: [] };
  const echo = { id: "echo", identity: "echo", name: "Echo", joinedAt: new Date().toISOString(), tracks: [] };
  const track = (source, muted = false) => ({
    id: `echo-${source}`,
    kind: /microphone|audio/.test(source) ? "audio" : "video",
    source,
    muted,
  });
  const say = (message) => channel.send(JSON.stringify(message));

  const slotsOf = (kind) =>
    peer
      .getTransceivers()
      .filter(({ direction, receiver }) => direction === "sendonly" && receiver.track.kind === kind);

  /** Answers an offer; every recvonly m-line of the page becomes a slot that may send. */
  async function answer(sdp) {
    await peer.setRemoteDescription({ type: "offer", sdp });
    for (const transceiver of peer.getTransceivers()) {
      const section = sdp.split(/^m=/m).find((part) => part.includes(`a=mid:${transceiver.mid}\r\n`));
      if (section.includes("a=recvonly")) {
        transceiver.direction = "sendonly";
      }
    }
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== "complete") {
      await new Promise((resolve) => peer.addEventListener("icegatheringstatechange", resolve, { once: true }));
    }
    return peer.localDescription.sdp;
  }

  function send(kind, index, track) {
    return slotsOf(kind)[index].sender.replaceTrack(track);
  }

  function incoming(isWanted) {
    return peer
      .getTransceivers()
      .filter(({ currentDirection }) => currentDirection === "recvonly")
      .filter(isWanted);
  }

  async function welcome() {
    const [microphone] = incoming(({ receiver }) => receiver.track.kind === "audio");
    const [camera] = incoming(({ receiver }) => receiver.track.kind === "video");
    await send("audio", 0, microphone.receiver.track);
    await send("video", 0, camera.receiver.track);
    echo.tracks = [track("microphone"), track("camera")];
    say({
      type: "welcome",
      self: { session: "sess_echo", participant: "me" },
      grants: {
        canPublish: true,
        canSubscribe: true,
        canPublishData: true,
        roomAdmin: true,
        hidden: false,
        canUpdateOwnMetadata: false,
      },
      room: { id: "room_echo", name: "Echo room" },
      participants: [self, echo],
      slots: [
        { mid: slotsOf("audio")[0].mid, participant: "echo", track: "echo-microphone", source: "microphone" },
        { mid: slotsOf("video")[0].mid, participant: "echo", track: "echo-camera", source: "camera" },
      ],
      recording: { active: false, paused: false, recordings: [] },
    });
  }

  function handle(message) {
    calls.push(message);
    if (message.type === "ping") {
      say({ type: "pong", id: message.id, at: new Date().toISOString() });
    } else if (message.type === "chat") {
      say({ type: "chat", id: String(calls.length), from: "me", text: message.text, at: new Date().toISOString() });
      say({
        type: "chat",
        id: `${calls.length}e`,
        from: "echo",
        text: `${message.text}!`,
        at: new Date().toISOString(),
      });
    } else if (message.type === "mute") {
      echo.tracks = echo.tracks.map((own) => (own.source === message.source ? { ...own, muted: message.muted } : own));
      say({ type: "tracks", participant: "echo", tracks: echo.tracks });
    } else if (message.type === "hand") {
      say({ type: "hand", participant: "me", raised: message.raised });
      say({ type: "hand", participant: "echo", raised: message.raised });
    }
  }

  async function create(sdp) {
    peer?.close();
    peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    peer.ondatachannel = (event) => {
      channel = event.channel;
      calls.push({ type: "channel", label: channel.label, protocol: channel.protocol });
      channel.onmessage = ({ data }) => handle(JSON.parse(data));
      // The page hears of the welcome only after its own end is open too.
      channel.readyState === "open" ? void welcome() : (channel.onopen = () => void welcome());
    };
    const headers = { Location: "/v1/sessions/sess_echo", ETag: `"${++revision}"`, "Content-Type": "application/sdp" };
    return new Response(await answer(sdp), { status: 201, headers });
  }

  async function update(sdp, etag) {
    if (etag !== `"${revision}"`) {
      return new Response("", { status: 412 });
    }
    const body = await answer(sdp);
    const isShared = sdp.includes("a=content:slides");
    const screen = incoming(({ mid }) =>
      sdp
        .split(/^m=/m)
        .some(
          (part) => part.includes(`a=mid:${mid}\r\n`) && part.startsWith("video") && part.includes("a=content:slides"),
        ),
    )[0];
    await send("video", 1, screen?.receiver.track ?? null);
    echo.tracks = [
      ...echo.tracks.filter(({ source }) => source !== "screen_share"),
      ...(isShared ? [track("screen_share")] : []),
    ];
    const mid = slotsOf("video")[1].mid;
    say({ type: "tracks", participant: "echo", tracks: echo.tracks });
    say({
      type: "slots",
      slots: [isShared ? { mid, participant: "echo", track: "echo-screen_share", source: "screen_share" } : { mid }],
    });
    return new Response(body, { status: 200, headers: { ETag: `"${++revision}"` } });
  }

  const realFetch = window.fetch.bind(window);
  window.fetch = async (url, init = {}) => {
    if (!/\/v1\/(rooms|sessions)\//.test(String(url))) {
      return realFetch(url, init);
    }
    calls.push({ type: init.method, url: String(url), headers: { ...init.headers, Authorization: undefined } });
    switch (init.method) {
      case "POST":
        return create(init.body);
      case "PATCH":
        return update(init.body, init.headers["If-Match"]);
      default:
        return new Response(null, { status: 200 });
    }
  };
  window.echoServer = { calls, say: (message) => say(message), crash: () => peer.close() };
})();
