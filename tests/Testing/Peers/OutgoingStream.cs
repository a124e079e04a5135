using System.Buffers.Binary;
using System.Text;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>One SSRC that a synthetic participant sends: numbers, header extensions, history and retransmissions.</summary>
internal sealed class OutgoingStream
{
    private const int HistoryLength = 2048;

    // libwebrtc sends MID and RID until a report shows that they were understood.
    private const int PacketsWithIds = 200;

    private readonly VirtualMedia _media;
    private readonly VirtualEncoding _encoding;
    private readonly HeaderExtensionMap _extensions;
    private readonly byte[]?[] _history = new byte[HistoryLength][];
    private readonly RtxWriter? _rtx;
    private readonly SendStatistics _statistics;
    private long _next;

    public OutgoingStream(VirtualMedia media, VirtualEncoding encoding, Random chance)
    {
        (_media, _encoding, _extensions) = (media, encoding, media.ExtensionMap);
        _next = chance.Next(0x8000);
        TimestampOffset = (uint)chance.NextInt64(uint.MaxValue);
        _statistics = new SendStatistics(ClockRate);
        if (media.RtxPayloadType is { } rtxPayloadType)
        {
            _rtx = new RtxWriter(encoding.RtxSsrc, rtxPayloadType, new SequenceNumber((ushort)chance.Next(0x8000)));
        }
    }

    public VirtualMedia Media => _media;

    public uint Ssrc => _encoding.Ssrc;

    public int ClockRate => _media.Kind is MediaKind.Audio ? 48_000 : 90_000;

    /// <summary>Gets where the timestamps start, by chance.</summary>
    public uint TimestampOffset { get; }

    public long PacketsSent => _statistics.PacketCount;

    public long PacketsSentAgain { get; private set; }

    /// <summary>Gets or sets the worst loss that the server has reported, in 1/256.</summary>
    public byte WorstReportedLoss { get; set; }

    /// <summary>Writes one packet in plain text and remembers it.</summary>
    /// <param name="destination">Takes header and payload.</param>
    /// <param name="timestamp">Before the offset.</param>
    /// <param name="marker">The M bit.</param>
    /// <param name="audioLevel">RFC 6464's byte; null for video.</param>
    /// <param name="payload">What to send.</param>
    /// <param name="now">The time.</param>
    public PlainPacket Write(
        Span<byte> destination,
        uint timestamp,
        bool marker,
        byte? audioLevel,
        ReadOnlySpan<byte> payload,
        MonotonicTime now
    )
    {
        var index = new PacketIndex(_next++);
        timestamp += TimestampOffset;
        var header = new HeaderWriter(destination, _media.PayloadType, marker, index.SequenceNumber, timestamp, Ssrc);
        AddIds(ref header, HeaderExtensionKind.Rid);
        if (audioLevel is { } level)
        {
            header.Add(_extensions.IdOf(HeaderExtensionKind.AudioLevel), [level]);
        }

        var transportSequenceAt = header.Add(_extensions.IdOf(HeaderExtensionKind.TransportWideCc), [0, 0]);
        var headerLength = header.Finish();
        payload.CopyTo(destination[headerLength..]);
        _history[index.Value % HistoryLength] = destination[..(headerLength + payload.Length)].ToArray();
        _statistics.HandleSent(timestamp, payload.Length, now);
        return new(index, headerLength, payload.Length, transportSequenceAt);
    }

    /// <summary>Gets the number of the newest packet.</summary>
    public SequenceNumber Newest => new PacketIndex(_next - 1).SequenceNumber;

    /// <summary>Writes a packet that was lost once more, as RTX (RFC 4588).</summary>
    /// <returns>Null when it is too long ago.</returns>
    public PlainPacket? WriteAgain(Span<byte> destination, SequenceNumber missing)
    {
        var index = new PacketIndex(_next).Unwrap(missing).Value;
        if (
            _rtx is null
            || _history[index % HistoryLength] is not { } packet
            || RtpHeader.TryParse(packet, out var original) is not PacketFault.None
            || original.SequenceNumber != missing
        )
        {
            return null;
        }

        var fields = _rtx.TakeNext(original.Timestamp, original.Marker, out var rtxIndex);
        var header = new HeaderWriter(
            destination,
            fields.PayloadType,
            fields.Marker,
            fields.SequenceNumber,
            fields.Timestamp,
            fields.Ssrc
        );
        AddIds(ref header, HeaderExtensionKind.RepairedRid);
        var transportSequenceAt = header.Add(_extensions.IdOf(HeaderExtensionKind.TransportWideCc), [0, 0]);
        var headerLength = header.Finish();
        var payload = packet.AsSpan(original.HeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(destination[headerLength..], missing.Value);
        payload.CopyTo(destination[(headerLength + 2)..]);
        PacketsSentAgain++;
        return new(rtxIndex, headerLength, payload.Length + 2, transportSequenceAt);
    }

    /// <summary>Makes what a sender report says of this stream.</summary>
    public bool TryMakeReport(MonotonicTime now, NtpClock clock, out SenderInfo report) =>
        _statistics.TryMakeReport(now, clock, out report);

    private void AddIds(ref HeaderWriter header, HeaderExtensionKind ridKind)
    {
        if (_statistics.PacketCount >= PacketsWithIds && ridKind is HeaderExtensionKind.Rid)
        {
            return;
        }

        _ = header.Add(_extensions.IdOf(HeaderExtensionKind.Mid), Encoding.ASCII.GetBytes(_media.Mid));
        if (_encoding.Rid is { } rid)
        {
            _ = header.Add(_extensions.IdOf(ridKind), Encoding.ASCII.GetBytes(rid));
        }
    }
}

/// <summary>A packet as <see cref="OutgoingStream"/> wrote it.</summary>
/// <param name="Index">For SRTP.</param>
/// <param name="HeaderLength">In bytes.</param>
/// <param name="PayloadLength">In bytes.</param>
/// <param name="TransportSequenceAt">Where the transport-wide number goes; 0 when there is none.</param>
internal readonly record struct PlainPacket(
    PacketIndex Index,
    int HeaderLength,
    int PayloadLength,
    int TransportSequenceAt
);
