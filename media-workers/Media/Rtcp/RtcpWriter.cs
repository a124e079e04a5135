using System.Buffers.Binary;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtcp;

/// <summary>
/// Appends packets to a datagram. The caller keeps the order of RFC 3550 section 6.1 (reports, SDES, the rest, BYE) or
/// sends reduced-size (RFC 5506). Each method appends a whole packet, or nothing and says false when it does not fit.
/// The pictures are in the files of the packets.
/// </summary>
internal ref struct RtcpWriter(Span<byte> buffer)
{
    private const int MaxCount = 31;

    private readonly Span<byte> _buffer = buffer;

    /// <summary>Gets how many bytes are written.</summary>
    public int Length { get; private set; }

    /// <summary>Gets what is written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>Gets the room left, for a packet that is written elsewhere and then counted by <see cref="Advance"/>.</summary>
    public readonly Span<byte> Rest => _buffer[Length..];

    /// <summary>Counts a packet that was written into <see cref="Rest"/>.</summary>
    /// <param name="length">In bytes, a multiple of four.</param>
    public void Advance(int length) => Length += length;

    /// <summary>Appends an SR.</summary>
    /// <param name="ssrc">The sender.</param>
    /// <param name="sender">What it says about itself.</param>
    /// <param name="blocks">At most 31.</param>
    public bool TryWriteSenderReport(uint ssrc, scoped in SenderInfo sender, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        var length = 8 + SenderInfo.Length + (blocks.Length * ReportBlock.Length);
        if (!TryStart(RtcpPacketType.SenderReport, blocks.Length, length, out var packet))
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], ssrc);
        sender.Write(packet[8..]);
        WriteBlocks(packet[(8 + SenderInfo.Length)..], blocks);
        return true;
    }

    /// <summary>Appends an RR; without blocks it is the empty report that a compound packet may start with.</summary>
    /// <param name="ssrc">Who reports.</param>
    /// <param name="blocks">At most 31.</param>
    public bool TryWriteReceiverReport(uint ssrc, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        var length = 8 + (blocks.Length * ReportBlock.Length);
        if (!TryStart(RtcpPacketType.ReceiverReport, blocks.Length, length, out var packet))
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], ssrc);
        WriteBlocks(packet[8..], blocks);
        return true;
    }

    /// <summary>Appends an SDES of one chunk with a CNAME.</summary>
    /// <param name="ssrc">The source.</param>
    /// <param name="cname">UTF-8, at most 255 bytes.</param>
    public bool TryWriteCname(uint ssrc, scoped ReadOnlySpan<byte> cname)
    {
        // At least one zero ends the items.
        var length = (10 + cname.Length + 4) & ~3;
        if (
            cname.Length > byte.MaxValue
            || !TryStart(RtcpPacketType.SourceDescription, count: 1, length, out var packet)
        )
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], ssrc);
        packet[8] = SourceDescription.CnameItem;
        packet[9] = (byte)cname.Length;
        cname.CopyTo(packet[10..]);
        packet[(10 + cname.Length)..].Clear();
        return true;
    }

    /// <summary>Appends a BYE.</summary>
    /// <param name="ssrcs">At most 31.</param>
    /// <param name="reason">UTF-8, at most 255 bytes; empty for none.</param>
    public bool TryWriteGoodbye(scoped ReadOnlySpan<uint> ssrcs, scoped ReadOnlySpan<byte> reason = default)
    {
        var reasonOffset = 4 + (ssrcs.Length * 4);
        var length = reason.IsEmpty ? reasonOffset : (reasonOffset + 1 + reason.Length + 3) & ~3;
        if (reason.Length > byte.MaxValue || !TryStart(RtcpPacketType.Goodbye, ssrcs.Length, length, out var packet))
        {
            return false;
        }

        WriteWords(packet[4..], ssrcs);
        if (!reason.IsEmpty)
        {
            packet[reasonOffset] = (byte)reason.Length;
            reason.CopyTo(packet[(reasonOffset + 1)..]);
            packet[(reasonOffset + 1 + reason.Length)..].Clear();
        }

        return true;
    }

    /// <summary>Appends an APP packet of subtype 0.</summary>
    /// <param name="ssrc">Who sends it.</param>
    /// <param name="name">Four characters as a big-endian word.</param>
    /// <param name="data">Zeros are added to make whole words.</param>
    public bool TryWriteApplication(uint ssrc, uint name, scoped ReadOnlySpan<byte> data)
    {
        var length = ApplicationPacket.HeaderLength + ((data.Length + 3) & ~3);
        if (!TryStart(RtcpPacketType.Application, count: 0, length, out var packet))
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], name);
        data.CopyTo(packet[ApplicationPacket.HeaderLength..]);
        packet[(ApplicationPacket.HeaderLength + data.Length)..].Clear();
        return true;
    }

    /// <summary>Appends a NACK.</summary>
    /// <param name="senderSsrc">Who asks.</param>
    /// <param name="mediaSsrc">Whose packets are missing.</param>
    /// <param name="missing">Oldest first, so that neighbours share a word; not empty.</param>
    public bool TryWriteNack(uint senderSsrc, uint mediaSsrc, scoped ReadOnlySpan<SequenceNumber> missing)
    {
        var length = 12 + (CountGroups(missing) * 4);
        if (
            missing.IsEmpty
            || !TryStart(RtcpPacketType.TransportFeedback, FeedbackFormat.GenericNack, length, out var packet)
        )
        {
            return false;
        }

        WriteFeedbackHeader(packet, senderSsrc, mediaSsrc);
        var groups = packet[12..];
        while (!missing.IsEmpty)
        {
            var covered = TakeGroup(missing, out var blp);
            BinaryPrimitives.WriteUInt16BigEndian(groups, missing[0].Value);
            BinaryPrimitives.WriteUInt16BigEndian(groups[2..], blp);
            groups = groups[4..];
            missing = missing[covered..];
        }

        return true;
    }

    /// <summary>Appends a PLI.</summary>
    /// <param name="senderSsrc">Who asks.</param>
    /// <param name="mediaSsrc">Whose key frame is wanted.</param>
    public bool TryWritePictureLossIndication(uint senderSsrc, uint mediaSsrc)
    {
        const int Format = FeedbackFormat.PictureLossIndication;
        if (!TryStart(RtcpPacketType.PayloadFeedback, Format, length: 12, out var packet))
        {
            return false;
        }

        WriteFeedbackHeader(packet, senderSsrc, mediaSsrc);
        return true;
    }

    /// <summary>Appends a FIR of one entry.</summary>
    /// <param name="senderSsrc">Who asks.</param>
    /// <param name="ssrc">Whose key frame is wanted.</param>
    /// <param name="commandNumber">One more for each new request, the same for a repetition (RFC 5104 section 4.3.1.1).</param>
    public bool TryWriteFullIntraRequest(uint senderSsrc, uint ssrc, byte commandNumber)
    {
        const int Format = FeedbackFormat.FullIntraRequest;
        if (!TryStart(RtcpPacketType.PayloadFeedback, Format, length: 20, out var packet))
        {
            return false;
        }

        WriteFeedbackHeader(packet, senderSsrc, mediaSsrc: 0);
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], (uint)commandNumber << 24);
        return true;
    }

    /// <summary>Appends a REMB.</summary>
    /// <param name="senderSsrc">Who estimates.</param>
    /// <param name="estimate">All streams together.</param>
    /// <param name="ssrcs">The streams; at most 255.</param>
    public bool TryWriteRemb(uint senderSsrc, DataRate estimate, scoped ReadOnlySpan<uint> ssrcs)
    {
        const int Format = FeedbackFormat.ApplicationLayer;
        var length = 20 + (ssrcs.Length * 4);
        if (ssrcs.Length > byte.MaxValue || !TryStart(RtcpPacketType.PayloadFeedback, Format, length, out var packet))
        {
            return false;
        }

        WriteFeedbackHeader(packet, senderSsrc, mediaSsrc: 0);
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], Remb.Identifier);
        Remb.WriteEstimate(packet[16..], ssrcs.Length, estimate);
        WriteWords(packet[20..], ssrcs);
        return true;
    }

    private static void WriteFeedbackHeader(Span<byte> packet, uint senderSsrc, uint mediaSsrc)
    {
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], senderSsrc);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], mediaSsrc);
    }

    private static void WriteBlocks(Span<byte> destination, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        for (var position = 0; position < blocks.Length; position++)
        {
            blocks[position].Write(destination[(position * ReportBlock.Length)..]);
        }
    }

    private static void WriteWords(Span<byte> destination, ReadOnlySpan<uint> words)
    {
        for (var position = 0; position < words.Length; position++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[(position * 4)..], words[position]);
        }
    }

    private static int CountGroups(ReadOnlySpan<SequenceNumber> missing)
    {
        var groups = 0;
        while (!missing.IsEmpty)
        {
            missing = missing[TakeGroup(missing, out _)..];
            groups++;
        }

        return groups;
    }

    // How many numbers at the front one word of PID and BLP can name.
    private static int TakeGroup(ReadOnlySpan<SequenceNumber> missing, out ushort blp)
    {
        blp = 0;
        var covered = 1;
        while (covered < missing.Length && missing[covered].DistanceFrom(missing[0]) is > 0 and <= 16 and var distance)
        {
            blp |= (ushort)(1 << (distance - 1));
            covered++;
        }

        return covered;
    }

    // Takes the packet's bytes and writes its header, or takes nothing.
    private bool TryStart(RtcpPacketType type, int count, int length, out Span<byte> packet)
    {
        if (count > MaxCount || length > _buffer.Length - Length)
        {
            packet = default;
            return false;
        }

        packet = _buffer.Slice(Length, length);
        packet[0] = (byte)(0x80 | count);
        packet[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)((length / 4) - 1));
        Length += length;
        return true;
    }
}
