/** A publisher's offer as a browser writes it, in one BUNDLE group; what is wrong with others is changed from this. */
export function publishOffer({
  ufrag = "offe",
  pwd = "an0offerers0password0of0good0length",
  direction = "sendonly",
} = {}) {
  const transport = [
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
    "a=setup:actpass",
  ];
  return (
    [
      "v=0",
      "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
      "s=-",
      "t=0 0",
      "a=group:BUNDLE 0 1",
      "a=msid-semantic: WMS live",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      "c=IN IP4 0.0.0.0",
      ...transport,
      "a=mid:0",
      `a=${direction}`,
      "a=msid:live microphone",
      "a=rtcp-mux",
      "a=rtpmap:111 opus/48000/2",
      "a=ssrc:1001 cname:someone",
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      "c=IN IP4 0.0.0.0",
      ...transport,
      "a=mid:1",
      `a=${direction}`,
      "a=msid:live camera",
      "a=rtcp-mux",
      "a=rtcp-rsize",
      "a=rtpmap:96 VP8/90000",
      "a=rtcp-fb:96 nack pli",
      "a=ssrc:1002 cname:someone",
    ].join("\r\n") + "\r\n"
  );
}
