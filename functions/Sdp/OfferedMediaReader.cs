/*  RFC 8866 section 6.6:    a=rtpmap:<pt> <name>/<clock>[/<channels>]      section 6.15:  a=fmtp:<pt> <parameters>
    RFC 4585 section 4.2:    a=rtcp-fb:<pt | *> <type>[ <parameter>]
    RFC 8285 section 5:      a=extmap:<id>[/<direction>] <uri>[ <attributes>]                                       */

using System.Globalization;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Reads one offered m-line in one pass over its lines.</summary>
internal sealed class OfferedMediaReader
{
    private const int MaxMidLength = 32;
    private const int MaxExtensions = 64;

    private readonly SdpMedia _section;
    private readonly Dictionary<int, (string Name, int ClockRate, int Channels, int Line)> _maps = [];
    private readonly Dictionary<int, FormatParameters> _parameters = [];
    private readonly Dictionary<int, HashSet<string>> _feedback = [];
    private readonly HashSet<string> _feedbackForAll = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<OfferedExtension> _extensions = [];
    private readonly OfferedStreams _streams = new();
    private MediaDirection? _direction;
    private int? _sctpPort;
    private int _maxMessageSize = OfferedMedia.DefaultMaxMessageSize;
    private string _mid = "";

    private OfferedMediaReader(SdpMedia section) => _section = section;

    /// <summary>Reads one m-line; null when all that matters of it is well-formed.</summary>
    /// <param name="section">The m-line.</param>
    /// <param name="session">The session part, whose direction and header extensions are inherited.</param>
    /// <param name="media">What was read; null exactly when a refusal is returned.</param>
    public static SdpRefusal? TryRead(SdpMedia section, SdpSection session, out OfferedMedia? media)
    {
        media = null;
        OfferedMediaReader reader = new(section);
        var refusal =
            FirstRefusal(session.Lines.Where(line => line.Attribute is "extmap"), reader.HandleLine)
            ?? FirstRefusal(section.Lines, reader.HandleLine)
            ?? reader.CheckMid();
        if (refusal is not null)
        {
            return refusal;
        }

        reader._direction ??= session
            .Lines.Select(line => MediaDirection.Parse(line.Attribute))
            .FirstOrDefault(found => found is not null);
        media = reader.Build();
        return null;
    }

    private static SdpRefusal? FirstRefusal(IEnumerable<SdpLine> lines, Func<SdpLine, SdpRefusal?> handle)
    {
        foreach (var line in lines)
        {
            if (handle(line) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private SdpRefusal? HandleLine(SdpLine line)
    {
        if (line.Argument.Length == 0 && line.Attribute is not "mid")
        {
            _direction = MediaDirection.Parse(line.Attribute) ?? _direction;
            return null;
        }

        return line.Attribute switch
        {
            "mid" => HandleMid(line),
            "rtpmap" => HandleMap(line),
            "fmtp" => HandleParameters(line),
            "rtcp-fb" => HandleFeedback(line),
            "extmap" => HandleExtension(line),
            "rid" => _streams.HandleRid(line),
            "simulcast" => _streams.HandleSimulcast(line),
            "ssrc" => _streams.HandleSsrc(line),
            "ssrc-group" => _streams.HandleGroup(line),
            "sctp-port" => HandleSctpPort(line),
            "max-message-size" => HandleMaxMessageSize(line),
            _ => null,
        };
    }

    private SdpRefusal? HandleMid(SdpLine line)
    {
        if (line.Argument.Length > MaxMidLength || !SdpToken.IsToken(line.Argument))
        {
            return line.Malformed($"A mid is a token of at most {MaxMidLength} characters (RFC 5888 section 4).");
        }

        if (_mid.Length > 0)
        {
            return line.Malformed("The m-line has a second mid (RFC 5888 section 4).");
        }

        _mid = line.Argument;
        return null;
    }

    private SdpRefusal? CheckMid() =>
        _mid.Length == 0 && !_section.IsRejected
            ? _section.MediaLine.Unusable("The m-line has no \"a=mid\", so it cannot be bundled (RFC 9143).")
            : null;

    private SdpRefusal? HandleMap(SdpLine line)
    {
        var fields = line.Argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var encoding = fields.Length == 2 ? fields[1].Split('/') : [];
        var channels = 1;
        if (
            encoding.Length is < 2 or > 3
            || !TryReadPayloadType(fields[0], out var payloadType)
            || !int.TryParse(encoding[1], NumberStyles.None, CultureInfo.InvariantCulture, out var clockRate)
            || (
                encoding.Length == 3
                && !int.TryParse(encoding[2], NumberStyles.None, CultureInfo.InvariantCulture, out channels)
            )
        )
        {
            return line.Malformed(
                "An rtpmap is \"<0 to 127> <name>/<clock rate>[/<channels>]\" (RFC 8866 section 6.6)."
            );
        }

        _maps[payloadType] = (encoding[0], clockRate, channels, line.Number);
        return null;
    }

    // Lines for payload types that the m-line does not list are passed over: Firefox leaves some behind.
    private SdpRefusal? HandleParameters(SdpLine line)
    {
        var space = line.Argument.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0 && TryReadPayloadType(line.Argument[..space], out var payloadType))
        {
            _parameters[payloadType] = new FormatParameters(line.Argument[(space + 1)..]);
        }

        return null;
    }

    private SdpRefusal? HandleFeedback(SdpLine line)
    {
        var space = line.Argument.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0)
        {
            return line.Malformed("An rtcp-fb is \"<payload type or *> <feedback>\" (RFC 4585 section 4.2).");
        }

        var feedback = line.Argument[(space + 1)..].Trim();
        if (line.Argument[..space].Equals("*", StringComparison.Ordinal))
        {
            _feedbackForAll.Add(feedback);
        }
        else if (TryReadPayloadType(line.Argument[..space], out var payloadType))
        {
            if (!_feedback.TryGetValue(payloadType, out var known))
            {
                _feedback[payloadType] = known = new(StringComparer.OrdinalIgnoreCase);
            }

            known.Add(feedback);
        }

        return null;
    }

    private SdpRefusal? HandleExtension(SdpLine line)
    {
        var fields = line.Argument.Split(' ');
        var id = fields[0].Split('/');
        var direction = id.Length == 2 ? MediaDirection.Parse(id[1]) : null;
        if (
            fields.Length < 2
            || id.Length > 2
            || (id.Length == 2 && direction is null)
            || !ushort.TryParse(id[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number == 0
        )
        {
            return line.Malformed("An extmap is \"<id>[/<direction>] <URI>\" with an id from 1 (RFC 8285 section 5).");
        }

        if (_extensions.Count >= MaxExtensions)
        {
            return line.Unusable($"The m-line has more than {MaxExtensions} header extensions.");
        }

        // 256 and above wait for the answerer to give them a real id (RFC 8285 section 6); we need none of them.
        if (number <= 255)
        {
            _extensions.Add(new OfferedExtension(number, fields[1], direction));
        }

        return null;
    }

    private SdpRefusal? HandleSctpPort(SdpLine line)
    {
        if (!ushort.TryParse(line.Argument, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return line.Malformed("An sctp-port is a number from 1 to 65535 (RFC 8841 section 5).");
        }

        _sctpPort = port;
        return null;
    }

    private SdpRefusal? HandleMaxMessageSize(SdpLine line)
    {
        if (!ulong.TryParse(line.Argument, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return line.Malformed("A max-message-size is a number of bytes (RFC 8841 section 6).");
        }

        _maxMessageSize = (int)Math.Min(size, int.MaxValue);
        return null;
    }

    private static bool TryReadPayloadType(string text, out int payloadType) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out payloadType) && payloadType <= 127;

    private OfferedMedia Build() =>
        new()
        {
            Section = _section,
            Mid = _mid,
            Kind = _section.Media switch
            {
                "audio" => MediaKind.Audio,
                "video" => MediaKind.Video,
                _ => null,
            },
            // Absent means both ways (RFC 8866 section 6.7).
            Direction = _direction ?? new MediaDirection(Sends: true, Receives: true),
            RtcpMux = _section.Find("rtcp-mux") is not null || _section.Find("rtcp-mux-only") is not null,
            ReducedSize = _section.Find("rtcp-rsize") is not null,
            AllowMixed = _section.Find("extmap-allow-mixed") is not null,
            Slides = _section.Find("content")?.Argument.Split(',').Contains("slides", StringComparer.Ordinal) ?? false,
            Codecs = BuildCodecs(),
            Extensions = _extensions,
            Rids = _streams.Rids,
            Ssrcs = _streams.Ssrcs,
            RtxSsrcs = _streams.RtxSsrcs,
            SctpPort = _sctpPort,
            MaxMessageSize = _maxMessageSize,
        };

    private List<OfferedCodec> BuildCodecs()
    {
        List<OfferedCodec> codecs = [];
        foreach (var format in _section.Formats)
        {
            if (TryReadPayloadType(format, out var payloadType) && _maps.Remove(payloadType, out var map))
            {
                var feedback = _feedback.GetValueOrDefault(payloadType) ?? new(StringComparer.OrdinalIgnoreCase);
                feedback.UnionWith(_feedbackForAll);
                var parameters = _parameters.GetValueOrDefault(payloadType, FormatParameters.None);
                codecs.Add(new(payloadType, map.Name, map.ClockRate, map.Channels, parameters, feedback, map.Line));
            }
        }

        return codecs;
    }
}
