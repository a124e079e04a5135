#!/usr/bin/python3
"""A WHIP publisher and a WHEP viewer made of GStreamer's webrtcbin: a WebRTC stack that is not a browser's.

usage: gstreamerPeer.py publish URL CAMERA HERTZ      CAMERA is a y4m file; sends it as VP8, and a tone as Opus
       gstreamerPeer.py play URL FILM                 FILM is a WebM file with VP8 and Opus; sends them as they are
       gstreamerPeer.py view URL                      receives, decodes, judges colour and tone

The first line of standard input is the token; its end deletes the session and ends the program. Says one JSON object
per line on standard output: {"event": "session", "location", "etag", "offer", "answer"} after the answer,
{"event": "state", "value"} when the connection changes, {"event": "picture", "frames", "colour": [r, g, b], "row"} and
{"event": "sound", "hertz"} as media arrives, {"event": "deleted", "status"}, {"event": "failed", "why"}.
"""
import array
import itertools
import json
import os
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

WIDTH, HEIGHT, FRAMES_PER_SECOND = 320, 180, 15
SAMPLE_RATE = 48_000
PATIENCE_SECONDS = 20

PUBLISHER = """
webrtcbin name=peer bundle-policy=max-bundle latency=50
appsrc name=camera is-live=true do-timestamp=true format=time
  caps=video/x-raw,format=I420,width={width},height={height},framerate={rate}/1
  ! queue ! vp8enc deadline=1 cpu-used=8 target-bitrate=300000 keyframe-max-dist=45
  ! rtpvp8pay picture-id-mode=15-bit pt=96
  ! application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000 ! peer.
audiotestsrc is-live=true wave=sine freq={hertz} volume=0.3
  ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! queue ! opusenc ! rtpopuspay pt=111
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! peer.
"""

# The film's own clock ties picture and sound together; nothing is coded anew.
PLAYER = """
webrtcbin name=peer bundle-policy=max-bundle latency=50
filesrc location={film} ! matroskademux name=film
film.video_0 ! queue max-size-time=0 max-size-buffers=0 ! clocksync ! rtpvp8pay picture-id-mode=15-bit pt=96
  ! application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000 ! peer.
film.audio_0 ! queue max-size-time=0 max-size-buffers=0 ! clocksync ! rtpopuspay pt=111
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! peer.
"""

# Python frees what C still reads: promises, their replies, and the ICE agent, of which webrtcbin gives its only reference.
kept = []
speaking = threading.Lock()


def say(event, **fields):
    with speaking:  # GStreamer calls from many threads
        print(json.dumps({"event": event, **fields}), flush=True)


def ask(peer, signal, *arguments):
    promise = Gst.Promise.new()
    peer.emit(signal, *arguments, promise)
    promise.wait()
    reply = promise.get_reply()
    kept.extend((promise, reply))
    return reply


def on_loopback(peer):
    """libnice leaves the loopback out unless it is told to use it; then it uses nothing else."""
    agent = peer.get_property("ice-agent")
    kept.append(agent)
    agent.emit("add-local-ip-address", "127.0.0.1")


def make_offer(peer):
    """The whole offer, with its candidates: they come only after the description is set."""
    gathered = threading.Event()
    complete = GstWebRTC.WebRTCICEGatheringState.COMPLETE

    def look(*_):
        if peer.get_property("ice-gathering-state") == complete:
            gathered.set()

    peer.connect("notify::ice-gathering-state", look)
    offer = ask(peer, "create-offer", None).get_value("offer")
    ask(peer, "set-local-description", offer)
    look()
    if not gathered.wait(PATIENCE_SECONDS):
        raise RuntimeError("no candidates were gathered")
    return peer.get_property("local-description").sdp.as_text()


def apply_answer(peer, text):
    result, message = GstSdp.SDPMessage.new()
    GstSdp.sdp_message_parse_buffer(text.encode(), message)
    answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    ask(peer, "set-remote-description", answer)


def send(method, url, token, body=None):
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/sdp"
    request = urllib.request.Request(url, body, headers, method=method)
    return urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)


def meet(peer, url, token):
    """Posts the offer and takes the answer; returns the session's URL."""
    offer = make_offer(peer)
    with send("POST", url, token, offer.encode()) as response:
        answer = response.read().decode()
        location = urllib.parse.urljoin(url, response.headers["Location"])
        etag = response.headers["ETag"]
    apply_answer(peer, answer)
    say("session", location=location, etag=etag, offer=offer, answer=answer)
    return location


def publisher(camera, hertz):
    pipeline = Gst.parse_launch(
        PUBLISHER.format(width=WIDTH, height=HEIGHT, rate=FRAMES_PER_SECOND, hertz=hertz)
    )
    source = pipeline.get_by_name("camera")
    pictures = itertools.cycle(frames_of(camera))

    def push():
        source.emit("push-buffer", Gst.Buffer.new_wrapped(next(pictures)))
        return True

    GLib.timeout_add(1000 // FRAMES_PER_SECOND, push)
    return pipeline, sending(pipeline)


def player(film):
    pipeline = Gst.parse_launch(PLAYER.format(film=film))
    return pipeline, sending(pipeline)


def sending(pipeline):
    peer = pipeline.get_by_name("peer")
    # Sender reports shall say when a sound or a picture was meant, not when this busy machine came to send it.
    peer.get_by_name("rtpbin").set_property("rtcp-sync-send-time", False)
    for index in range(2):
        transceiver = peer.emit("get-transceiver", index)
        transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
    return peer


def frames_of(camera):
    """The pictures of a y4m file: a header line, then FRAME lines each with its planes."""
    with open(camera, "rb") as file:
        parts = file.read().partition(b"\n")[2]
    size = len(b"FRAME\n") + WIDTH * HEIGHT * 3 // 2
    return [parts[at + len(b"FRAME\n") : at + size] for at in range(0, len(parts), size)]


def viewer():
    pipeline = Gst.Pipeline.new()
    peer = Gst.ElementFactory.make("webrtcbin")
    peer.set_property("bundle-policy", "max-bundle")
    peer.set_property("latency", 50)
    pipeline.add(peer)
    peer.connect("pad-added", lambda _, pad: judge(pipeline, pad))
    for caps in (
        "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2",
        "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,"
        "rtcp-fb-nack=true,rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true",
    ):
        direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        kept.append(peer.emit("add-transceiver", direction, Gst.Caps.from_string(caps)))
    return pipeline, peer


def judge(pipeline, pad):
    """Decodes one incoming stream and looks at, or listens to, what comes out."""
    if pad.direction != Gst.PadDirection.SRC:
        return
    is_video = "media=(string)video" in pad.get_current_caps().to_string()
    tail = (
        f"videoconvert ! videoscale ! video/x-raw,format=RGB,width={WIDTH},height={HEIGHT}"
        if is_video
        else f"audioconvert ! audioresample ! audio/x-raw,format=F32LE,channels=1,rate={SAMPLE_RATE}"
    )
    head = "rtpvp8depay ! vp8dec" if is_video else "rtpopusdepay ! opusdec"
    sink = Gst.parse_bin_from_description(
        f"queue ! {head} ! {tail} ! appsink name=out emit-signals=true sync=false max-buffers=30 drop=true", True
    )
    out = sink.get_by_name("out")
    out.connect("new-sample", Picture().take if is_video else Sound().take)
    pipeline.add(sink)
    sink.sync_state_with_parent()
    pad.link(sink.get_static_pad("sink"))


def bytes_of(sink):
    sample = sink.emit("pull-sample")
    buffer = sample.get_buffer()
    return buffer.extract_dup(0, buffer.get_size())


class Picture:
    """The average colour of the upper part, and the row of blocks below that tells frames apart."""

    frames = 0

    def take(self, sink):
        pixels = bytes_of(sink)
        self.frames += 1
        stride = WIDTH * 3
        upper = pixels[: stride * (HEIGHT // 2)]
        colour = [sum(upper[at::3]) * 3 // len(upper) for at in range(3)]
        block = WIDTH // 8
        blocks = (pixels[(HEIGHT - block // 2) * stride + (block * index + block // 2) * 3] for index in range(8))
        row = "".join("1" if level > 127 else "0" for level in blocks)
        say("picture", frames=self.frames, colour=colour, row=row)
        return Gst.FlowReturn.OK


class Sound:
    """The frequency of a tone, by the zero crossings of half a second."""

    def __init__(self):
        self.samples = array.array("f")

    def take(self, sink):
        self.samples.frombytes(bytes_of(sink))
        if len(self.samples) >= SAMPLE_RATE // 2:
            heard, self.samples = self.samples, array.array("f")
            crossings = sum((a < 0) != (b < 0) for a, b in itertools.pairwise(heard))
            is_loud = max(map(abs, heard)) > 0.02
            say("sound", hertz=round(crossings * SAMPLE_RATE / len(heard) / 2) if is_loud else 0)
        return Gst.FlowReturn.OK


def run():
    token = sys.stdin.readline().strip()
    mode, url, *content = sys.argv[1:]
    pipeline, peer = {"publish": publisher, "play": player, "view": viewer}[mode](*content)
    on_loopback(peer)
    peer.connect(
        "notify::connection-state",
        lambda *_: say("state", value=peer.get_property("connection-state").value_nick),
    )
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message::error", lambda _, message: say("failed", why=str(message.parse_error()[0])))
    negotiable = threading.Event()
    peer.connect("on-negotiation-needed", lambda *_: negotiable.set())
    pipeline.set_state(Gst.State.PLAYING)
    if not negotiable.wait(PATIENCE_SECONDS):
        raise RuntimeError("webrtcbin has nothing to offer")
    location = meet(peer, url, token)
    sys.stdin.read()
    try:
        with send("DELETE", location, token) as response:
            say("deleted", status=response.status)
    except urllib.error.HTTPError as refused:
        say("deleted", status=refused.code)
    pipeline.set_state(Gst.State.NULL)


def main():
    Gst.init(None)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    try:
        run()
    except urllib.error.HTTPError as refused:
        say("failed", why=f"{refused.code} {refused.read().decode(errors='replace')}")
    except Exception as failure:  # the outermost frame: whoever started this reads it
        say("failed", why=f"{type(failure).__name__}: {failure}")
    # Interpreter shutdown would free what GStreamer's threads still use.
    os._exit(0)


main()
