using System.Text;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Tests.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Rtcp;

/// <summary>Each packet is read from annotated bytes and written back to the same bytes.</summary>
public sealed class RtcpGoldenTests
{
    private static readonly ReportBlock Block = new(0x2222, 64, -2, 0x0001_0005, 90, 0xBBBB_CCCC, 0x0001_8000);

    [Fact]
    public void Sender_report_with_one_block()
    {
        var golden = Annotated.Bytes(
            """
            81 C8 00 0C  ; V=2 RC=1, PT=SR, 12 words follow
            00 00 11 11  ; ssrc
            AA AA BB BB CC CC DD DD ; NTP
            00 00 0B B8  ; RTP timestamp 3000
            00 00 00 64  ; 100 packets
            00 01 00 00  ; 65536 octets
            00 00 22 22  ; block: ssrc
            40 FF FF FE  ; a quarter lost, two more received than expected
            00 01 00 05  ; one cycle, 5
            00 00 00 5A  ; jitter 90
            BB BB CC CC  ; LSR
            00 01 80 00  ; DLSR 1.5 s
            """
        );
        var packet = Single(golden);

        Assert.Equal(PacketFault.None, SenderReport.TryParse(packet, out var report));
        Assert.Equal(0x1111u, report.Ssrc);
        Assert.Equal(new SenderInfo(new(0xAAAA_BBBB_CCCC_DDDD), 3000, 100, 65536), report.Sender);
        Assert.Equal(1, report.Blocks.Count);
        Assert.Equal(Block, report.Blocks[0]);

        var sender = report.Sender;
        Check(golden, (ref writer) => writer.TryWriteSenderReport(0x1111, sender, [Block]));
    }

    [Fact]
    public void Receiver_report_with_one_block()
    {
        var golden = Annotated.Bytes(
            """
            81 C9 00 07 00 00 11 11
            00 00 22 22 40 FF FF FE 00 01 00 05 00 00 00 5A BB BB CC CC 00 01 80 00
            """
        );
        Assert.Equal(PacketFault.None, ReceiverReport.TryParse(Single(golden), out var report));
        Assert.Equal(0x1111u, report.Ssrc);
        Assert.Equal(Block, report.Blocks[0]);
        Check(golden, (ref writer) => writer.TryWriteReceiverReport(0x1111, [Block]));
    }

    [Fact]
    public void A_cumulative_loss_is_clamped_to_24_bits()
    {
        var bytes = new byte[ReportBlock.Length];
        (Block with { CumulativeLost = int.MaxValue }).Write(bytes);
        Assert.Equal(0x7F_FFFF, ReportBlock.Read(bytes).CumulativeLost);
        (Block with { CumulativeLost = int.MinValue }).Write(bytes);
        Assert.Equal(-0x80_0000, ReportBlock.Read(bytes).CumulativeLost);
    }

    [Fact]
    public void Source_description_with_a_cname()
    {
        var golden = Annotated.Bytes(
            """
            81 CA 00 03  ; one chunk
            00 00 11 11
            01 02 61 62  ; CNAME "ab"
            00 00 00 00  ; at least one zero
            """
        );
        Assert.Equal(PacketFault.None, SourceDescription.TryParse(Single(golden), out var description));
        Assert.True(description.MoveNext());
        Assert.Equal(0x1111u, description.Ssrc);
        Assert.Equal("ab", Encoding.UTF8.GetString(description.Cname));
        Assert.False(description.MoveNext());
        Check(golden, (ref writer) => writer.TryWriteCname(0x1111, "ab"u8));
    }

    [Fact]
    public void Source_description_of_two_chunks_with_other_items()
    {
        var golden = Annotated.Bytes(
            """
            82 CA 00 07
            00 00 11 11 02 01 78 01 01 61 00 00 ; NAME "x", CNAME "a", zeros
            00 00 22 22 06 03 31 2E 30 01 02 68 69 00 00 00 ; TOOL "1.0", CNAME "hi", zeros
            """
        );
        Assert.Equal(PacketFault.None, SourceDescription.TryParse(Single(golden), out var description));
        Assert.True(description.MoveNext());
        Assert.Equal("a", Encoding.UTF8.GetString(description.Cname));
        Assert.True(description.MoveNext());
        Assert.Equal(0x2222u, description.Ssrc);
        Assert.Equal("hi", Encoding.UTF8.GetString(description.Cname));

        byte[] claimsThree = [.. golden];
        claimsThree[0]++;
        Assert.Equal(PacketFault.RtcpMalformed, SourceDescription.TryParse(Single(claimsThree), out _));
    }

    [Fact]
    public void Goodbye()
    {
        var golden = Annotated.Bytes("82 CB 00 02 00 00 11 11 00 00 22 22");
        Assert.Equal(PacketFault.None, Media.Rtcp.Goodbye.TryParse(Single(golden), out var goodbye));
        Assert.Equal(2, goodbye.Count);
        Assert.Equal(0x2222u, goodbye[1]);
        Check(golden, (ref writer) => writer.TryWriteGoodbye([0x1111, 0x2222]));

        // With a reason, "bye".
        var reason = Annotated.Bytes("81 CB 00 02 00 00 11 11 03 62 79 65");
        Assert.Equal(PacketFault.None, Media.Rtcp.Goodbye.TryParse(Single(reason), out goodbye));
        Assert.Equal(0x1111u, goodbye[0]);
    }

    [Fact]
    public void Generic_nack_across_the_wrap()
    {
        var golden = Annotated.Bytes(
            """
            81 CD 00 04  ; FMT=1, PT=RTPFB
            00 00 11 11 00 00 22 22
            FF FE 80 05  ; 65534, +1, +3, +16
            00 1E 00 00  ; 30
            """
        );
        Assert.Equal(PacketFault.None, GenericNack.TryParse(Single(golden), out var nack));
        Assert.Equal(0x1111u, nack.SenderSsrc);
        Assert.Equal(0x2222u, nack.MediaSsrc);
        var missing = new List<SequenceNumber>();
        while (nack.MoveNext())
        {
            missing.Add(nack.Current);
        }

        Assert.Equal([65534, 65535, 1, 14, 30], missing.Select(number => (int)number.Value));
        Check(golden, (ref writer) => writer.TryWriteNack(0x1111, 0x2222, [.. missing]));
    }

    [Fact]
    public void Picture_loss_indication()
    {
        var golden = Annotated.Bytes("81 CE 00 02 00 00 11 11 00 00 22 22");
        Assert.Equal(PacketFault.None, PictureLossIndication.TryParse(Single(golden), out var indication));
        Assert.Equal(new PictureLossIndication(0x1111, 0x2222), indication);
        Check(golden, (ref writer) => writer.TryWritePictureLossIndication(0x1111, 0x2222));
    }

    [Fact]
    public void Full_intra_request()
    {
        var golden = Annotated.Bytes("84 CE 00 04 00 00 11 11 00 00 00 00 00 00 22 22 07 00 00 00");
        Assert.Equal(PacketFault.None, FullIntraRequest.TryParse(Single(golden), out var request));
        Assert.True(request.MoveNext());
        Assert.Equal((0x2222u, 7), (request.Ssrc, request.CommandNumber));
        Assert.False(request.MoveNext());
        Check(golden, (ref writer) => writer.TryWriteFullIntraRequest(0x1111, 0x2222, 7));
    }

    [Fact]
    public void Receiver_estimated_maximum_bitrate()
    {
        var golden = Annotated.Bytes(
            """
            8F CE 00 06 00 00 11 11 00 00 00 00
            52 45 4D 42  ; REMB
            02 0B D0 90  ; two streams, 2^2 x 250000
            00 00 22 22 00 00 33 33
            """
        );
        Assert.Equal(PacketFault.None, Remb.TryParse(Single(golden), out var remb));
        Assert.Equal(DataRate.FromKilobitsPerSecond(1000), remb.Estimate);
        Assert.Equal(2, remb.Count);
        Assert.Equal(0x3333u, remb[1]);
        Check(golden, (ref writer) => writer.TryWriteRemb(0x1111, new(1_000_000), [0x2222, 0x3333]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(262_143, 262_143)]
    [InlineData(262_145, 262_144)]
    [InlineData(long.MaxValue, (long.MaxValue >> 45) << 45)]
    public void An_estimate_is_rounded_down_to_18_bits(long written, long read)
    {
        var writer = new RtcpWriter(new byte[64]);
        Assert.True(writer.TryWriteRemb(1, new(written), []));
        Assert.Equal(PacketFault.None, Remb.TryParse(Single(writer.Written), out var remb));
        Assert.Equal(read, remb.Estimate.BitsPerSecond);
    }

    private static RtcpPacket Single(ReadOnlySpan<byte> datagram)
    {
        Assert.Equal(PacketFault.None, RtcpReader.TryOpen(datagram, out var reader));
        Assert.True(reader.MoveNext());
        var packet = reader.Current;
        Assert.False(reader.MoveNext());
        return packet;
    }

    private static void Check(byte[] golden, Write write)
    {
        // Fits exactly; and in one byte less nothing is written.
        var writer = new RtcpWriter(new byte[golden.Length]);
        Assert.True(write(ref writer));
        Assert.Equal(golden, writer.Written.ToArray());
        var shorter = new RtcpWriter(new byte[golden.Length - 1]);
        Assert.False(write(ref shorter));
        Assert.Equal(0, shorter.Length);
    }

    private delegate bool Write(ref RtcpWriter writer);
}
