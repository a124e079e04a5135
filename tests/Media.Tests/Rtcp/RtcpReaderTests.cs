using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Tests.Rtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Rtcp;

public sealed class RtcpReaderTests
{
    private static readonly byte[] Compound = Annotated.Bytes(
        """
        80 C9 00 01 00 00 11 11             ; RR without blocks
        81 CA 00 02 00 00 11 11 01 01 61 00 ; SDES
        81 CE 00 02 00 00 11 11 00 00 22 22 ; PLI
        A1 CD 00 04 00 00 11 11 00 00 22 22 00 05 00 00 00 00 00 04 ; NACK, padded
        """
    );

    [Fact]
    public void Walks_over_a_compound_packet_and_removes_padding()
    {
        Assert.Equal(PacketFault.None, RtcpReader.TryOpen(Compound, out var reader));
        var seen = new List<(RtcpPacketType, int)>();
        while (reader.MoveNext())
        {
            seen.Add((reader.Current.Type, reader.Current.Body.Length));
        }

        Assert.Equal(
            [
                (RtcpPacketType.ReceiverReport, 4),
                (RtcpPacketType.SourceDescription, 8),
                (RtcpPacketType.PayloadFeedback, 8),
                (RtcpPacketType.TransportFeedback, 12),
            ],
            seen
        );
    }

    [Fact]
    public void A_datagram_cut_inside_a_packet_is_refused()
    {
        int[] boundaries = [8, 20, 32, 52];
        for (var length = 0; length <= Compound.Length; length++)
        {
            var whole = boundaries.Contains(length);
            var fault = RtcpReader.TryOpen(Compound.AsSpan(0, length), out _);
            Assert.True(whole == (fault == PacketFault.None), $"{length}: {fault}");
        }
    }

    [Theory]
    [InlineData("40 C9 00 01 00 00 11 11", PacketFault.WrongVersion)]
    [InlineData("80 BF 00 01 00 00 11 11", PacketFault.RtcpMalformed)]
    [InlineData("A0 C9 00 01 00 00 11 00", PacketFault.RtcpMalformed)] // padding of nothing
    [InlineData("A0 C9 00 01 00 00 11 05", PacketFault.RtcpMalformed)] // padding into the header
    [InlineData("80 C9 00 01 00 00 11 11 80 C9 00", PacketFault.Truncated)]
    public void Refuses_what_breaks_the_rules(string bytes, PacketFault expected) =>
        Assert.Equal(expected, RtcpReader.TryOpen(Annotated.Bytes(bytes), out _));

    [Fact]
    public void A_count_that_the_body_cannot_hold_is_refused()
    {
        Assert.Equal(PacketFault.RtcpMalformed, SenderReport.TryParse(First("81 C8 00 06" + Zeros(6)), out _));
        Assert.Equal(PacketFault.RtcpMalformed, ReceiverReport.TryParse(First("82 C9 00 07" + Zeros(7)), out _));
        Assert.Equal(PacketFault.RtcpMalformed, Goodbye.TryParse(First("82 CB 00 01" + Zeros(1)), out _));
        Assert.Equal(PacketFault.RtcpMalformed, GenericNack.TryParse(First("81 CD 00 01" + Zeros(1)), out _));
        Assert.Equal(PacketFault.RtcpMalformed, PictureLossIndication.TryParse(First("81 CE 00 01" + Zeros(1)), out _));
        var remb = First("8F CE 00 04" + Zeros(2) + " 52 45 4D 42 01 00 00 00");
        Assert.Equal(PacketFault.RtcpMalformed, Remb.TryParse(remb, out _));
        Assert.Equal(PacketFault.None, GenericNack.TryParse(First("81 CD 00 02" + Zeros(2)), out var empty));
        Assert.False(empty.MoveNext());
    }

    [Property]
    public bool Any_datagram_is_read_or_refused_but_never_overrun(byte[] bytes, byte type, byte count)
    {
        // Shaped like a packet, so that the parsers behind the reader are reached.
        byte[] body = [.. bytes[..(bytes.Length / 4 * 4)]];
        byte[] datagram =
        [
            (byte)(0x80 | (count & 0x3F)),
            (byte)(200 + (type % 8)),
            0,
            (byte)(body.Length / 4),
            .. body,
        ];
        return Walk(bytes) && Walk(datagram);
    }

    private static bool Walk(byte[] datagram)
    {
        if (RtcpReader.TryOpen(datagram, out var reader) != PacketFault.None)
        {
            return true;
        }

        var bodies = 0;
        while (reader.MoveNext())
        {
            bodies += reader.Current.Body.Length + RtcpPacket.HeaderLength;
            ReadAll(reader.Current);
        }

        return bodies <= datagram.Length;
    }

    private static void ReadAll(RtcpPacket packet)
    {
        if (SenderReport.TryParse(packet, out var sender) == PacketFault.None && sender.Blocks.Count > 0)
        {
            _ = sender.Blocks[sender.Blocks.Count - 1];
        }

        if (ReceiverReport.TryParse(packet, out var receiver) == PacketFault.None && receiver.Blocks.Count > 0)
        {
            _ = receiver.Blocks[receiver.Blocks.Count - 1];
        }

        if (Goodbye.TryParse(packet, out var goodbye) == PacketFault.None && goodbye.Count > 0)
        {
            _ = goodbye[goodbye.Count - 1];
        }

        if (Remb.TryParse(packet, out var remb) == PacketFault.None && remb.Count > 0)
        {
            _ = remb[remb.Count - 1];
        }

        _ = SourceDescription.TryParse(packet, out var description);
        _ = GenericNack.TryParse(packet, out var nack);
        _ = FullIntraRequest.TryParse(packet, out var request);
        _ = PictureLossIndication.TryParse(packet, out _);
        _ = TransportFeedback.TryParse(packet, out var feedback);
        while (description.MoveNext() || nack.MoveNext() || request.MoveNext() || feedback.MoveNext()) { }
    }

    private static string Zeros(int words) => string.Concat(Enumerable.Repeat(" 00 00 00 00", words));

    private static RtcpPacket First(string bytes)
    {
        Assert.Equal(PacketFault.None, RtcpReader.TryOpen(Annotated.Bytes(bytes), out var reader));
        _ = reader.MoveNext();
        return reader.Current;
    }
}
