/*  draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1: PT=RTPFB=205, FMT=15; behind the two SSRCs

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |      base sequence number     |      packet status count      |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |        reference time, signed, units of 64 ms | fb pkt. count |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |          packet chunk         |  ...  |  recv delta  |  ...   |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+

    chunk  |0| S |      run length (13)    |   S for that many packets
           |1|0|    14 symbols of 1 bit    |   0 not received, 1 small delta
           |1|1|    7 symbols of 2 bits    |   0 not received, 1 small delta, 2 large delta, 3 reserved

    delta  small: 8 bits, unsigned; large: 16 bits, signed; units of 250 us since the packet received before
*/
using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>Walks over the packets that a transport-wide feedback reports; valid only while the datagram is. Checked as a whole before the first is shown.</summary>
internal ref struct TransportFeedback
{
    /// <summary>Microseconds in a unit of the reference time.</summary>
    public const long ReferenceTimeUnit = 64_000;

    /// <summary>Microseconds in a unit of a delta.</summary>
    public const long DeltaUnit = 250;

    /// <summary>Where the chunks start in the body, in bytes.</summary>
    public const int ChunksOffset = RtcpPacket.FeedbackHeaderLength + 8;

    // More could not be told from a wrapped number; a feedback that claims it is a run-length bomb.
    private const int MaxStatusCount = 0x7FFF;

    private readonly ReadOnlySpan<byte> _body;
    private int _chunkOffset;
    private int _deltaOffset;
    private int _reported;
    private ushort _chunk;
    private int _symbolInChunk;
    private int _symbolsInChunk;

    private TransportFeedback(scoped in RtcpPacket packet)
    {
        _body = packet.Body;
        SenderSsrc = packet.ReadWord(0);
        MediaSsrc = packet.ReadWord(4);
        BaseSequence = BinaryPrimitives.ReadUInt16BigEndian(_body[8..]);
        StatusCount = BinaryPrimitives.ReadUInt16BigEndian(_body[10..]);
        ReferenceTime = BinaryPrimitives.ReadInt32BigEndian(_body[12..]) >> 8;
        FeedbackCount = _body[15];
        ArrivalMicroseconds = ReferenceTime * ReferenceTimeUnit;
        _chunkOffset = ChunksOffset;
    }

    /// <summary>Gets who reports.</summary>
    public uint SenderSsrc { get; }

    /// <summary>Gets any one SSRC of the transport.</summary>
    public uint MediaSsrc { get; }

    /// <summary>Gets the transport-wide number of the first packet reported.</summary>
    public ushort BaseSequence { get; }

    /// <summary>Gets how many packets are reported, received or not.</summary>
    public int StatusCount { get; }

    /// <summary>Gets the reporter's clock, in units of 64 ms from an origin of its own; 24 bits, signed, wraps.</summary>
    public int ReferenceTime { get; }

    /// <summary>Gets the number of this feedback; wraps. A gap means that feedback was lost.</summary>
    public byte FeedbackCount { get; }

    /// <summary>Gets the transport-wide number of the current packet.</summary>
    public readonly ushort TransportSequence => (ushort)(BaseSequence + _reported - 1);

    /// <summary>Gets a value indicating whether the current packet was received.</summary>
    public bool IsReceived { get; private set; }

    /// <summary>Gets when the current packet was received, on the reporter's clock; of the last one received when this one was not.</summary>
    public long ArrivalMicroseconds { get; private set; }

    /// <summary>Reads and checks a feedback and starts before its first packet.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out TransportFeedback feedback)
    {
        feedback = default;
        if (!packet.IsTransportFeedback(FeedbackFormat.TransportWideCc) || packet.Body.Length < ChunksOffset)
        {
            return PacketFault.RtcpMalformed;
        }

        var candidate = new TransportFeedback(packet);
        if (candidate.StatusCount is 0 or > MaxStatusCount || !candidate.FindDeltas())
        {
            return PacketFault.RtcpMalformed;
        }

        feedback = candidate;
        return PacketFault.None;
    }

    /// <summary>Goes to the next packet.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_reported == StatusCount)
        {
            return false;
        }

        var symbol = NextSymbol();
        _reported++;
        IsReceived = symbol != 0;
        if (symbol == 1)
        {
            ArrivalMicroseconds += _body[_deltaOffset] * DeltaUnit;
            _deltaOffset++;
        }
        else if (symbol == 2)
        {
            ArrivalMicroseconds += BinaryPrimitives.ReadInt16BigEndian(_body[_deltaOffset..]) * DeltaUnit;
            _deltaOffset += 2;
        }

        return true;
    }

    // Walks the chunks once: are there enough of them, is every symbol known, and are all deltas there?
    private bool FindDeltas()
    {
        var walk = this;
        var deltaBytes = 0;
        for (var position = 0; position < StatusCount; position++)
        {
            if (walk._symbolInChunk == walk._symbolsInChunk && walk._chunkOffset + 2 > _body.Length)
            {
                return false;
            }

            var symbol = walk.NextSymbol();
            if (symbol > 2 || walk._symbolsInChunk == 0)
            {
                return false;
            }

            deltaBytes += symbol;
        }

        _deltaOffset = walk._chunkOffset;
        return _deltaOffset + deltaBytes <= _body.Length;
    }

    private int NextSymbol()
    {
        if (_symbolInChunk == _symbolsInChunk)
        {
            _chunk = BinaryPrimitives.ReadUInt16BigEndian(_body[_chunkOffset..]);
            _chunkOffset += 2;
            _symbolInChunk = 0;
            _symbolsInChunk = (_chunk >> 14) switch
            {
                0 or 1 => _chunk & 0x1FFF,
                2 => 14,
                _ => 7,
            };
        }

        var position = _symbolInChunk++;
        return (_chunk >> 14) switch
        {
            0 or 1 => (_chunk >> 13) & 3,
            2 => (_chunk >> (13 - position)) & 1,
            _ => (_chunk >> (2 * (6 - position))) & 3,
        };
    }
}
