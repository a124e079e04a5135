/*  RFC 4585 section 6.2.1: PT=RTPFB=205, FMT=1; behind the two SSRCs one word per group of up to 17 losses

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |            PID                |             BLP               |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    BLP bit i (from the least significant, 1): PID + i is lost as well
*/
using System.Buffers.Binary;
using System.Numerics;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtcp;

/// <summary>Walks over the sequence numbers that a NACK asks for; valid only while the datagram is.</summary>
internal ref struct GenericNack
{
    private ReadOnlySpan<byte> _rest;
    private SequenceNumber _pid;
    private uint _blp;

    private GenericNack(uint senderSsrc, uint mediaSsrc, ReadOnlySpan<byte> groups)
    {
        SenderSsrc = senderSsrc;
        MediaSsrc = mediaSsrc;
        _rest = groups;
    }

    /// <summary>Gets who asks.</summary>
    public uint SenderSsrc { get; }

    /// <summary>Gets whose packets are missing.</summary>
    public uint MediaSsrc { get; }

    /// <summary>Gets the number that <see cref="MoveNext"/> came to.</summary>
    public SequenceNumber Current { get; private set; }

    /// <summary>Reads a NACK and starts before its first number.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out GenericNack nack)
    {
        nack = default;
        if (!packet.IsTransportFeedback(FeedbackFormat.GenericNack))
        {
            return PacketFault.RtcpMalformed;
        }

        nack = new(packet.ReadWord(0), packet.ReadWord(4), packet.Body[RtcpPacket.FeedbackHeaderLength..]);
        return PacketFault.None;
    }

    /// <summary>Goes to the next missing number.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_blp != 0)
        {
            var bit = BitOperations.TrailingZeroCount(_blp);
            _blp &= _blp - 1;
            Current = _pid.Plus(bit + 1);
            return true;
        }

        if (_rest.Length < 4)
        {
            return false;
        }

        Current = _pid = new(BinaryPrimitives.ReadUInt16BigEndian(_rest));
        _blp = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        _rest = _rest[4..];
        return true;
    }
}
