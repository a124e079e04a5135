using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Rtp;

public sealed class RtpHeaderTests
{
    private static readonly byte[] Everything = Annotated.Bytes(
        """
        B2 E0 FF FE              ; V=2 P=1 X=1 CC=2, M=1 PT=96, sequence 65534
        00 00 0B B8              ; timestamp 3000
        11 22 33 44              ; ssrc
        00 00 00 0A 00 00 00 0B  ; two csrcs
        BE DE 00 02              ; one-byte form, two words
        10 FF 31 AB CD 00 00 00  ; id 1: 1 byte, id 3: 2 bytes, padding
        DE AD BE EF              ; payload
        00 00 00 04              ; padding of four
        """
    );

    [Fact]
    public void Reads_every_field()
    {
        Assert.Equal(PacketFault.None, RtpHeader.TryParse(Everything, out var header));

        Assert.True(header.Marker);
        Assert.True(header.HasPadding);
        Assert.Equal(96, header.PayloadType);
        Assert.Equal(new SequenceNumber(65534), header.SequenceNumber);
        Assert.Equal(3000u, header.Timestamp);
        Assert.Equal(0x11223344u, header.Ssrc);
        Assert.Equal(2, header.CsrcCount);
        Assert.Equal(0x0Bu, header.Csrc(1));
        Assert.Equal(32, header.HeaderLength);
        Assert.Equal(0xBEDE, header.ExtensionProfile);
        Assert.Equal(8, header.ExtensionData.Length);
        Assert.Equal(PacketFault.None, header.TryReadPayload(Everything, out var payload));
        Assert.Equal([0xDE, 0xAD, 0xBE, 0xEF], payload.ToArray());
    }

    [Fact]
    public void A_header_that_is_cut_anywhere_is_truncated()
    {
        for (var length = 0; length < 32; length++)
        {
            Assert.Equal(PacketFault.Truncated, RtpHeader.TryParse(Everything.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Another_version_is_refused()
    {
        byte[] packet = [.. Everything];
        packet[0] = 0x40;
        Assert.Equal(PacketFault.WrongVersion, RtpHeader.TryParse(packet, out _));
    }

    [Theory]
    [InlineData(0, PacketFault.WrongLength)]
    [InlineData(1, PacketFault.None)]
    [InlineData(8, PacketFault.None)]
    [InlineData(9, PacketFault.WrongLength)]
    public void Padding_covers_at_least_itself_and_at_most_the_payload(byte count, PacketFault expected)
    {
        byte[] packet = [.. Everything];
        packet[^1] = count;
        Assert.Equal(PacketFault.None, RtpHeader.TryParse(packet, out var header));
        Assert.Equal(expected, header.TryReadPayload(packet, out _));
    }

    [Property]
    public bool Never_claims_more_bytes_than_it_was_given(byte[] packet)
    {
        if (packet.Length > 0)
        {
            packet[0] = (byte)(0x80 | (packet[0] & 0x3F));
        }

        if (RtpHeader.TryParse(packet, out var header) != PacketFault.None)
        {
            return true;
        }

        var extensions = HeaderExtensions.Read(header, Maps.Publisher);
        _ = extensions.TryReadAudioLevel(out _);
        var fits = header.HeaderLength <= packet.Length && header.ExtensionData.Length <= packet.Length;
        return fits && (header.TryReadPadding(packet, out var padding) != PacketFault.None || padding <= packet.Length);
    }
}
