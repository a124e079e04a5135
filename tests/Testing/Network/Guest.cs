using EventMeet.Media;
using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Peers;
using EventMeet.Media.Values;
using EventMeet.Testing.Peers;

namespace EventMeet.Testing.Network;

/// <summary>Who joins a <see cref="VirtualMeeting"/>, and what the control plane would have decided about it.</summary>
internal sealed record Guest
{
    public static readonly ParticipantGrants Everything = new(
        CanPublish: true,
        CanSubscribe: true,
        CanPublishData: true,
        Sources: null,
        RoomAdmin: false,
        Hidden: false,
        CanUpdateOwnMetadata: true
    );

    private static readonly (int, string)[] ChromiumExtensions =
    [
        (1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        (2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
        (3, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
        (4, "urn:ietf:params:rtp-hdrext:sdes:mid"),
        (10, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
        (11, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
    ];

    private static readonly (int, string)[] FirefoxExtensions =
    [
        (1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        (3, "urn:ietf:params:rtp-hdrext:sdes:mid"),
        (7, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
        (8, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
        (9, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
    ];

    /// <summary>Gets the number that the content carries; the participant's id is "p" and this number.</summary>
    public required ushort Number { get; init; }

    /// <summary>Gets the shard that they are placed on; null for each in turn.</summary>
    public int? Shard { get; init; }

    public bool Microphone { get; init; } = true;

    public bool Camera { get; init; } = true;

    public bool ScreenShare { get; init; }

    /// <summary>Gets the heights of simulcast encodings; empty without simulcast.</summary>
    public IReadOnlyList<ushort> SimulcastHeights { get; init; } = [];

    public int AudioSlots { get; init; } = 3;

    public int VideoSlots { get; init; } = 3;

    public int BitsPerSecond { get; init; } = 400_000;

    public ParticipantGrants Grants { get; init; } = Everything;

    public NetworkConditions Uplink { get; init; } = NetworkConditions.Good;

    public NetworkConditions Downlink { get; init; } = NetworkConditions.Good;

    public bool SendsAtOnce { get; init; } = true;

    public TimeSpan KeyFrameInterval { get; init; }

    /// <summary>Gets the name; null for one made from the number.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the session's revision; the same guest may come again with a higher one.</summary>
    public int Revision { get; init; } = 1;

    /// <summary>Gets how often the browser has chosen other SSRCs.</summary>
    public int SsrcGeneration { get; init; }

    /// <summary>Gets how often ICE has started anew.</summary>
    public int IceGeneration { get; init; }

    public string Session => $"sess_{Number}";

    public string Participant => $"p{Number}";

    public IceParameters Ice =>
        new(
            $"srv{IceGeneration}u{Number}",
            $"serverPassword{IceGeneration}of{Number:D8}",
            $"cli{IceGeneration}u{Number}",
            $"clientPassword{IceGeneration}of{Number:D8}"
        );

    // Two browsers' worth of payload types and ids, so that nothing works by being equal on both sides.
    private bool IsChromium => Number % 2 == 0;

    private IReadOnlyList<(int, string)> Extensions => IsChromium ? ChromiumExtensions : FirefoxExtensions;

    /// <summary>What the guest itself knows after the answer.</summary>
    public VirtualSession ToSession(TransportAddress server, DtlsFingerprint fingerprint) =>
        new(
            new IceCredentials(Ice.RemoteUfrag, Ice.RemotePwd),
            new IceCredentials(Ice.LocalUfrag, Ice.LocalPwd),
            server,
            fingerprint,
            Describe()
        );

    /// <summary>What the engine is told.</summary>
    public PeerParameters ToParameters(DtlsFingerprint fingerprint) =>
        new(
            Session,
            Revision,
            new ParticipantParameters(Participant, $"identity{Number}", Name ?? $"Guest {Number}", null, Grants),
            Ice,
            fingerprint,
            [.. Describe().Select(ToParameters)],
            new SctpParameters(RemotePort: 5000, LocalPort: 5000, MaxMessageSize: 262_144)
        );

    private static MediaParameters ToParameters(VirtualMedia media) =>
        new(
            media.Mid,
            media.Kind,
            media.Source,
            [
                media.Kind is MediaKind.Audio
                    ? new CodecParameters(media.PayloadType, "opus", 48_000, RtxPayloadType: null, Nack: false)
                    : new CodecParameters(media.PayloadType, "VP8", 90_000, media.RtxPayloadType, Nack: true),
            ],
            media.Extensions,
            media.Track is { } track ? Publish(track, media.Encodings) : null,
            media.SlotSsrc != 0 ? new SlotParameters(media.SlotSsrc, media.SlotRtxSsrc, "server") : null
        );

    private static PublishedParameters Publish(string track, IReadOnlyList<VirtualEncoding> encodings) =>
        encodings.Count > 1
            ? new(track, [], [], [.. encodings.Select(encoding => encoding.Rid!)])
            : new(track, [encodings[0].Ssrc], [encodings[0].RtxSsrc], []);

    private List<VirtualMedia> Describe()
    {
        var media = new List<VirtualMedia>();
        if (Microphone)
        {
            media.Add(Sound("mic", TrackSource.Microphone, slot: null));
        }

        if (Camera)
        {
            media.Add(Picture("cam", TrackSource.Camera, slot: null));
        }

        if (ScreenShare)
        {
            media.Add(Picture("screen", TrackSource.ScreenShare, slot: null));
        }

        media.AddRange(Enumerable.Range(0, AudioSlots).Select(slot => Sound($"a{slot}", TrackSource.Unknown, slot)));
        media.AddRange(Enumerable.Range(0, VideoSlots).Select(slot => Picture($"v{slot}", TrackSource.Unknown, slot)));
        return media;
    }

    private VirtualMedia Sound(string mid, TrackSource source, int? slot) =>
        new()
        {
            Mid = mid,
            Kind = MediaKind.Audio,
            Source = source,
            PayloadType = (byte)(IsChromium ? 111 : 109),
            Extensions = Extensions,
            Track = slot is null ? $"{mid}_{Number}" : null,
            Encodings = slot is null ? [new(SsrcOf(0x10, 0), 0, null, 0, 0)] : [],
            SlotSsrc = slot is { } position ? SsrcOf(0xA0, position) : 0,
        };

    private VirtualMedia Picture(string mid, TrackSource source, int? slot) =>
        new()
        {
            Mid = mid,
            Kind = MediaKind.Video,
            Source = source,
            PayloadType = (byte)(IsChromium ? 96 : 120),
            RtxPayloadType = (byte)(IsChromium ? 97 : 124),
            Extensions = Extensions,
            Track = slot is null ? $"{mid}_{Number}" : null,
            Encodings = slot is null ? Encode(source is TrackSource.ScreenShare ? 0x40u : 0x20u) : [],
            SlotSsrc = slot is { } position ? SsrcOf(0xB0, position) : 0,
            SlotRtxSsrc = slot is { } rtxPosition ? SsrcOf(0xC0, rtxPosition) : 0,
        };

    private IReadOnlyList<VirtualEncoding> Encode(uint block) =>
        SimulcastHeights.Count == 0 || block != 0x20u
            ? [new(SsrcOf(block, 0), SsrcOf(block + 1, 0), null, 720, BitsPerSecond)]
            :
            [
                .. SimulcastHeights.Select(
                    (height, position) =>
                        new VirtualEncoding(
                            SsrcOf(block, position),
                            SsrcOf(block + 1, position),
                            $"r{position}",
                            height,
                            BitsPerSecond * height / SimulcastHeights.Max()
                        )
                ),
            ];

    // What is sent, below 0x80, may change; slots never do.
    private uint SsrcOf(uint block, int position) =>
        (block << 24) | ((uint)(block < 0x80 ? SsrcGeneration : 0) << 20) | ((uint)Number << 8) | (uint)position;
}
