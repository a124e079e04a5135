using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Tests.Rtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Rtcp;

public sealed class TransportFeedbackTests
{
    private const long Missing = TransportFeedbackWriter.Missing;

    [Fact]
    public void Reads_what_a_browser_sends_with_one_byte_of_padding()
    {
        var golden = Annotated.Bytes(
            """
            AF CD 00 05  ; P, FMT=15, PT=RTPFB
            FA 17 FA 17 43 03 2F A0
            00 99 00 01  ; base 153, one packet
            3D E8 02 17  ; reference time, feedback 23
            20 01        ; run of one small delta
            94           ; 148 x 250 us
            01           ; padding
            """
        );
        var feedback = Parse(golden);
        Assert.Equal(0xFA17FA17u, feedback.SenderSsrc);
        Assert.Equal(0x43032FA0u, feedback.MediaSsrc);
        Assert.Equal(23, feedback.FeedbackCount);
        Assert.Equal(0x3DE802, feedback.ReferenceTime);
        Assert.Equal([(153, (0x3DE802 * 64_000L) + 37_000)], Collect(feedback));
    }

    [Fact]
    public void Reads_every_kind_of_chunk()
    {
        var golden = Annotated.Bytes(
            """
            8F CD 00 08
            00 00 00 01 00 00 00 02
            FF FF 00 18  ; base 65535, 24 packets
            FF FF FF 00  ; reference time -1
            00 02        ; run of two not received
            A0 00        ; 14 one-bit symbols: 1, then 13 x 0
            D8 00        ; 7 two-bit symbols: 1, 2, 5 x 0
            40 01        ; run of one large delta
            04           ; + 1 ms
            08           ; + 2 ms
            FF FC        ; - 1 ms
            7F FF        ; + 8191.75 ms
            00 00
            """
        );
        // One-bit vector: 0x8000 | 0x2000 marks its first symbol.
        Assert.Equal(
            [(1, -63_000), (15, -61_000), (16, -62_000), (22, 8_129_750)],
            Collect(Parse(golden)).Select(seen => ((int)seen.Sequence, seen.Arrival))
        );
    }

    [Theory]
    [InlineData("20 01 00 00", "00 02", "a chunk is missing")]
    [InlineData("60 01 00 00", "00 01", "a reserved symbol")]
    [InlineData("20 05 00 00", "00 05", "deltas are missing")]
    [InlineData("00 00 00 00", "00 01", "empty runs")]
    [InlineData("20 01 00 00", "00 00", "nothing is reported")]
    public void Refuses_what_does_not_add_up(string chunks, string count, string why)
    {
        var bytes = Annotated.Bytes($"8F CD 00 05 00 00 00 01 00 00 00 02 00 01 {count} 00 00 00 00 {chunks}");
        _ = RtcpReader.TryOpen(bytes, out var reader);
        _ = reader.MoveNext();
        Assert.True(TransportFeedback.TryParse(reader.Current, out _) == PacketFault.RtcpMalformed, why);
    }

    [Fact]
    public void Losses_and_small_deltas_become_vectors_and_runs()
    {
        long[] arrivals =
        [
            64_000,
            64_250,
            Missing,
            64_500, // one-bit vector with what follows
            .. Enumerable.Repeat(Missing, 30), // ends the vector, then a run
            200_000, // more than 63.75 ms later: large
            199_000, // reordered: large and negative
        ];
        var buffer = new byte[100];
        var length = TransportFeedbackWriter.Write(buffer, 1, 2, 65530, 7, arrivals, out var reported);

        Assert.Equal(arrivals.Length, reported);
        var golden = Annotated.Bytes(
            """
            8F CD 00 08
            00 00 00 01 00 00 00 02
            FF FA 00 24  ; base 65530, 36 packets
            00 00 01 07  ; reference time 1, feedback 7
            B4 00        ; one bit: 1 1 0 1, 10 x 0
            00 14        ; run of 20 not received
            40 02        ; run of two large deltas
            00 01 01     ; 0, + 250 us, + 250 us
            02 1E        ; + 135.5 ms
            FF FC        ; - 1 ms
            00 00 00
            """
        );
        Assert.Equal(golden, buffer[..length]);
    }

    [Fact]
    public void Ends_before_a_delta_that_cannot_be_expressed()
    {
        var buffer = new byte[100];
        long[] arrivals = [0, 1000, Missing, 9_000_000, 9_001_000];
        _ = TransportFeedbackWriter.Write(buffer, 1, 2, 0, 0, arrivals, out var reported);
        Assert.Equal(2, reported);
        _ = TransportFeedbackWriter.Write(buffer, 1, 2, 2, 1, arrivals.AsSpan(2), out reported);
        Assert.Equal(3, reported);
        Assert.Equal(0, TransportFeedbackWriter.Write(buffer, 1, 2, 0, 0, [Missing, Missing], out reported));
        Assert.Equal(0, reported);
    }

    [Property(MaxTest = 500)]
    public bool What_is_written_is_read_again(ushort baseSequence, byte[] gaps, byte capacity)
    {
        // Each byte is a packet: mostly small steps, some losses, some reordered, some late.
        var now = 1_000_000L;
        long[] arrivals =
        [
            .. gaps.Select(gap =>
            {
                now += (gap % 8) switch
                {
                    6 => -20_000,
                    7 => 90_000,
                    _ => gap * 50,
                };
                return gap % 5 == 0 ? Missing : now;
            }),
        ];
        var buffer = new byte[20 + capacity];
        var length = TransportFeedbackWriter.Write(buffer, 1, 2, baseSequence, 0, arrivals, out var reported);
        if (reported == 0)
        {
            return length == 0;
        }

        var expected = arrivals
            .Take(reported)
            .Select((arrival, position) => ((ushort)(baseSequence + position), arrival / 250 * 250))
            .Where(seen => arrivals[(ushort)(seen.Item1 - baseSequence)] != Missing);
        return Collect(Parse(buffer.AsSpan(0, length))).SequenceEqual(expected);
    }

    private static TransportFeedback Parse(ReadOnlySpan<byte> datagram)
    {
        Assert.Equal(PacketFault.None, RtcpReader.TryOpen(datagram, out var reader));
        Assert.True(reader.MoveNext());
        Assert.Equal(PacketFault.None, TransportFeedback.TryParse(reader.Current, out var feedback));
        return feedback;
    }

    private static List<(ushort Sequence, long Arrival)> Collect(TransportFeedback feedback)
    {
        var received = new List<(ushort, long)>();
        while (feedback.MoveNext())
        {
            if (feedback.IsReceived)
            {
                received.Add((feedback.TransportSequence, feedback.ArrivalMicroseconds));
            }
        }

        return received;
    }
}
