using System.Globalization;
using System.Net;
using System.Text;
using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Values;
using EventMeet.Testing.Peers;

namespace EventMeet.Testing.Signalling;

/// <summary>
/// An SDP offer as Chromium writes it: microphone and camera sendonly, then slots recvonly, then the data channel
/// (RFC 8829, RFC 8843). <see cref="Complete"/> reads the answer to it.
/// </summary>
internal sealed class SyntheticOffer
{
    private const string AudioExtensions = """
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid

        """;

    private const string VideoExtensions = """
        a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
        a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
        a=extmap:13 urn:3gpp:video-orientation
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id

        """;

    private const string AudioCodecs = """
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:0 PCMU/8000

        """;

    private const string VideoCodecs = """
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 goog-remb
        a=rtcp-fb:96 transport-cc
        a=rtcp-fb:96 ccm fir
        a=rtcp-fb:96 nack
        a=rtcp-fb:96 nack pli
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rtpmap:102 H264/90000
        a=rtcp-fb:102 nack pli
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f

        """;

    private readonly SyntheticOfferOptions _options;
    private readonly IceCredentials _credentials = IceCredentials.Generate();
    private readonly DtlsFingerprint _fingerprint;
    private readonly Dictionary<string, VirtualEncoding> _encodings = new(StringComparer.Ordinal);

    /// <summary>Writes the offer.</summary>
    /// <param name="options">What is offered.</param>
    /// <param name="fingerprint">Of the participant's certificate.</param>
    /// <param name="chance">For SSRCs.</param>
    public SyntheticOffer(SyntheticOfferOptions options, DtlsFingerprint fingerprint, Random chance)
    {
        (_options, _fingerprint) = (options, fingerprint);
        Text = Write(chance);
    }

    /// <summary>Gets the offer.</summary>
    public string Text { get; }

    /// <summary>Reads the answer.</summary>
    /// <param name="answer">SDP.</param>
    /// <param name="tcp">Take the TCP candidate.</param>
    /// <exception cref="FormatException">It is no answer to this offer.</exception>
    public VirtualSession Complete(string answer, bool tcp = false)
    {
        var read = SyntheticAnswer.Read(answer);
        return new VirtualSession(
            _credentials,
            read.Credentials,
            read.CandidateOf(tcp),
            read.Fingerprint,
            [.. read.Media.Where(media => media.Kind is not null).Select(Combine)]
        );
    }

    private VirtualMedia Combine(AnsweredLine line)
    {
        _ = _encodings.TryGetValue(line.Mid, out var encoding);
        return new VirtualMedia
        {
            Mid = line.Mid,
            Kind = line.Kind!.Value,
            Source =
                encoding is null ? TrackSource.Unknown
                : line.Kind is MediaKind.Audio ? TrackSource.Microphone
                : TrackSource.Camera,
            PayloadType = line.PayloadType,
            RtxPayloadType = line.RtxPayloadType,
            Extensions = line.Extensions,
            Track = encoding is not null && line.Receives ? line.Mid : null,
            Encodings = encoding is not null && line.Receives ? [encoding] : [],
            SlotSsrc = line.Sends ? line.Ssrc : 0,
            SlotRtxSsrc = line.Sends ? line.RtxSsrc : 0,
        };
    }

    private string Write(Random chance)
    {
        var lines = new List<(string Kind, bool Sends)>();
        lines.AddRange(Enumerable.Repeat(("audio", true), _options.Microphone ? 1 : 0));
        lines.AddRange(Enumerable.Repeat(("video", true), _options.Camera ? 1 : 0));
        lines.AddRange(Enumerable.Repeat(("audio", false), _options.AudioSlots));
        lines.AddRange(Enumerable.Repeat(("video", false), _options.VideoSlots));
        var text = new StringBuilder();
        Add(text, $"v=0\no=- {chance.NextInt64(1L << 62)} 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n");
        var count = lines.Count + (_options.DataChannel ? 1 : 0);
        Add(text, $"a=group:BUNDLE {string.Join(' ', Enumerable.Range(0, count))}\n");
        Add(text, "a=extmap-allow-mixed\na=msid-semantic: WMS synthetic\n");
        for (var position = 0; position < lines.Count; position++)
        {
            AddMedia(text, position, lines[position].Kind, lines[position].Sends, chance);
        }

        if (_options.DataChannel)
        {
            Add(text, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\n");
            AddTransport(text, lines.Count);
            Add(text, "a=sctp-port:5000\na=max-message-size:262144\n");
        }

        // RFC 8866 section 5: lines end with CRLF.
        return text.Replace("\r", "").Replace("\n", "\r\n").ToString();
    }

    private void AddMedia(StringBuilder text, int position, string kind, bool sends, Random chance)
    {
        var isAudio = kind is "audio";
        Add(text, $"m={kind} 9 UDP/TLS/RTP/SAVPF {(isAudio ? "111 63 0" : "96 97 102")}\n");
        Add(text, "c=IN IP4 0.0.0.0\na=rtcp:9 IN IP4 0.0.0.0\n");
        AddTransport(text, position);
        Add(text, isAudio ? AudioExtensions : VideoExtensions);
        Add(text, sends ? $"a=sendonly\na=msid:synthetic {kind}\n" : "a=recvonly\n");
        Add(text, "a=rtcp-mux\na=rtcp-rsize\n");
        Add(text, isAudio ? AudioCodecs : VideoCodecs);
        if (sends)
        {
            AddSsrcs(text, position, isAudio, chance);
        }
    }

    private void AddSsrcs(StringBuilder text, int position, bool isAudio, Random chance)
    {
        var ssrc = (uint)chance.NextInt64(1, uint.MaxValue);
        var rtxSsrc = isAudio ? 0 : (uint)chance.NextInt64(1, uint.MaxValue);
        _encodings.Add(
            position.ToString(CultureInfo.InvariantCulture),
            new VirtualEncoding(ssrc, rtxSsrc, Rid: null, Height: 720, _options.BitsPerSecond)
        );
        if (!isAudio)
        {
            Add(text, $"a=ssrc-group:FID {ssrc} {rtxSsrc}\na=ssrc:{rtxSsrc} cname:synthetic\n");
        }

        Add(text, $"a=ssrc:{ssrc} cname:synthetic\n");
    }

    private void AddTransport(StringBuilder text, int mid)
    {
        Add(text, $"a=ice-ufrag:{_credentials.Ufrag}\na=ice-pwd:{_credentials.Pwd}\na=ice-options:trickle\n");
        Add(text, $"a=fingerprint:{_fingerprint.AlgorithmName} {_fingerprint.Value}\na=setup:actpass\na=mid:{mid}\n");
        if (mid == 0 && _options.Candidate is { } candidate)
        {
            // RFC 8839 section 5.1: for servers that will not learn the address from the checks.
            Add(text, $"a=candidate:1 1 udp 2130706431 {candidate.Address} {candidate.Port} typ host\n");
        }
    }

    private static void Add(StringBuilder text, FormattableString lines) =>
        text.Append(lines.ToString(CultureInfo.InvariantCulture));

    private static void Add(StringBuilder text, string lines) => text.Append(lines);
}

/// <summary>What a <see cref="SyntheticOffer"/> offers.</summary>
internal sealed record SyntheticOfferOptions
{
    public bool Microphone { get; init; } = true;

    public bool Camera { get; init; } = true;

    public int AudioSlots { get; init; } = 3;

    public int VideoSlots { get; init; } = 3;

    public int BitsPerSecond { get; init; } = 500_000;

    public bool DataChannel { get; init; } = true;

    /// <summary>Gets the host candidate; null for an offer without any.</summary>
    public IPEndPoint? Candidate { get; init; }
}
