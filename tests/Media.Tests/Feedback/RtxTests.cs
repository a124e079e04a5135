using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Tests.Rtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Feedback;

public sealed class RtxTests
{
    private static readonly byte[] Original = Annotated.Bytes(
        """
        90 E0 FF FE 00 00 00 2A 00 00 00 01 ; M, PT 96, sequence 65534
        BE DE 00 01 40 30 00 00
        01 02 03
        """
    );

    private static readonly byte[] Retransmission = Annotated.Bytes(
        """
        90 E1 00 05 00 00 00 2A 00 00 00 02 ; M, PT 97, own sequence and ssrc
        BE DE 00 01 40 30 00 00
        FF FE       ; the original sequence number
        01 02 03
        """
    );

    [Fact]
    public void A_retransmission_is_unwrapped_into_the_original()
    {
        byte[] packet = [.. Retransmission];
        Assert.Equal(PacketFault.None, RtxReader.TryUnwrap(packet, 1, 96, out var original));
        Assert.Equal(Original, original.ToArray());
    }

    [Fact]
    public void A_lost_packet_is_wrapped_into_a_retransmission()
    {
        var writer = new RtxWriter(ssrc: 2, payloadType: 97, first: new(5));
        _ = RtpHeader.TryParse(Original, out var source);
        var fields = writer.TakeNext(source.Timestamp, source.Marker, out var index);
        var map = HeaderExtensionMap.FromUris([(4, Maps.Mid)]);
        var buffer = new byte[RtpHeaderWriter.MaxLength];
        var length = RtpHeaderWriter.Write(buffer, fields, source, map, map, "0"u8).HeaderLength;
        length += RtxWriter.WriteOriginalNumber(buffer.AsSpan(length), source.SequenceNumber);
        Original.AsSpan(source.HeaderLength).CopyTo(buffer.AsSpan(length));

        Assert.Equal(Retransmission, buffer[..Retransmission.Length]);
        Assert.Equal(5, index.Value);
        Assert.Equal(6, writer.TakeNext(0, marker: false, out _).SequenceNumber.Value);
    }

    [Fact]
    public void Padding_alone_is_a_probe_and_a_payload_of_one_byte_is_cut()
    {
        var probe = Annotated.Bytes("A0 61 00 05 00 00 00 2A 00 00 00 02 00 00 03");
        Assert.Equal(PacketFault.None, RtxReader.TryUnwrap(probe, 1, 96, out var original));
        Assert.True(original.IsEmpty);
        var cut = Annotated.Bytes("80 61 00 05 00 00 00 2A 00 00 00 02 FF");
        Assert.Equal(PacketFault.Truncated, RtxReader.TryUnwrap(cut, 1, 96, out _));
    }

    [Property]
    public bool Never_claims_more_bytes_than_it_was_given(byte[] packet)
    {
        if (packet.Length > 0)
        {
            packet[0] = (byte)(0x80 | (packet[0] & 0x3F));
        }

        return RtxReader.TryUnwrap(packet, 1, 96, out var original) != PacketFault.None
            || original.IsEmpty
            || original.Length == packet.Length - 2;
    }
}
