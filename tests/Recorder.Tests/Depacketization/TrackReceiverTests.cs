using System.Buffers;
using EventMeet.Media.Codecs;
using EventMeet.Media.Rtcp;
using EventMeet.Recorder.Containers;
using EventMeet.Recorder.Tests.Fixtures;

namespace EventMeet.Recorder.Tests.Depacketization;

public sealed class TrackReceiverTests
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(30);

    public static TheoryData<CodecKind> Codecs => EncodedTrack.Codecs;

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task Gives_back_every_frame_through_reordering_repetition_and_late_repairs(CodecKind codec)
    {
        var track = await EncodedTrack.OfAsync(codec);
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var received = new ReceivedTrack(codec);
            received.Report(TimeSpan.Zero, OneWay);
            foreach (var (frame, position) in track.Frames.Select((frame, position) => (frame, position)))
            {
                received.Send(
                    frame,
                    packet =>
                        position == 0 && packet == 0 ? [OneWay]
                        : random.Next(10) == 0 ? [OneWay + TimeSpan.FromMilliseconds(random.Next(100, 900))]
                        : random.Next(10) == 0 ? [OneWay, OneWay + TimeSpan.FromMilliseconds(random.Next(1500))]
                        : [OneWay + TimeSpan.FromMilliseconds(random.Next(40))]
                );
            }

            received.Run();

            Assert.Equal(
                track.Frames.Select(frame => Convert.ToHexString(frame.Data.Span)),
                received.Frames.Select(frame => Convert.ToHexString(frame.Data.Span))
            );
            Assert.Equal(
                track.Frames.Select(frame => frame.IsKeyFrame),
                received.Frames.Select(frame => frame.IsKeyFrame)
            );
            Assert.All(
                track.Frames.Zip(received.Frames),
                pair => AssertNear(pair.First.At, pair.Second.At - ReceivedTrack.Start - OneWay, 1)
            );
            Assert.Empty(received.Gaps);
            Assert.Equal(0, received.Receiver.LostPackets);
            Assert.Equivalent(
                track.Format with
                {
                    CodecPrivate = default,
                },
                received.Frames[0].Format! with
                {
                    CodecPrivate = default,
                }
            );
            Assert.Equal(track.Format.CodecPrivate.ToArray(), received.Frames[0].Format!.CodecPrivate.ToArray());
        }
    }

    [Theory]
    [InlineData(CodecKind.Vp8)]
    [InlineData(CodecKind.Vp9)]
    [InlineData(CodecKind.H264)]
    [InlineData(CodecKind.Av1)]
    public async Task Leaves_out_a_last_frame_whose_end_never_came(CodecKind codec)
    {
        var track = await EncodedTrack.OfAsync(codec);
        var counting = new Packetizer(codec);
        var counts = track.Frames.Select(frame => counting.Cut(frame).Count).ToList();
        var cut = counts.FindLastIndex(count => count > 1);
        Assert.True(cut > 0, "There is no frame of several packets.");
        var received = new ReceivedTrack(codec);
        received.Report(TimeSpan.Zero, OneWay);
        for (var position = 0; position <= cut; position++)
        {
            var last = position == cut ? counts[cut] - 1 : int.MaxValue;
            received.Send(track.Frames[position], packet => packet == last ? [] : [OneWay]);
        }

        received.Run();

        Assert.Equal(
            track.Frames.Take(cut).Select(frame => Convert.ToHexString(frame.Data.Span)),
            received.Frames.Select(frame => Convert.ToHexString(frame.Data.Span))
        );
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task Leaves_out_what_cannot_be_decoded_after_a_loss_and_says_where(CodecKind codec)
    {
        var track = await EncodedTrack.OfAsync(codec);
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var received = new ReceivedTrack(codec);
            received.Report(TimeSpan.Zero, OneWay);
            var lost = new HashSet<int>();
            foreach (var (frame, position) in track.Frames.Select((frame, position) => (frame, position)))
            {
                received.Send(
                    frame,
                    _ =>
                    {
                        var isLost = position > 2 && random.Next(60) == 0;
                        lost.UnionWith(isLost ? [position] : []);
                        return isLost ? [] : [OneWay];
                    }
                );
            }

            received.Run();

            var expected = new List<EncodedFrame>();
            var decodable = true;
            foreach (var (frame, position) in track.Frames.Select((frame, position) => (frame, position)))
            {
                decodable = (decodable || frame.IsKeyFrame) && !lost.Contains(position);
                if (decodable)
                {
                    expected.Add(frame);
                }

                decodable |= codec == CodecKind.Opus;
            }

            Assert.Equal(
                expected.Select(frame => Convert.ToHexString(frame.Data.Span)),
                received.Frames.Select(frame => Convert.ToHexString(frame.Data.Span))
            );
            Assert.All(received.Gaps, gap => Assert.True(gap.To > gap.From));
            Assert.True(received.Gaps.Count <= lost.Count);
            if (codec != CodecKind.Opus && lost.Count > 0)
            {
                Assert.NotEmpty(received.KeyFrameRequests);
            }

            if (seed == 0)
            {
                await AssertDecodableAsync(received);
            }
        }
    }

    [Fact]
    public void Waits_a_second_for_a_missing_packet_and_no_longer()
    {
        var received = new ReceivedTrack(CodecKind.Opus);
        received.Report(TimeSpan.Zero, OneWay);
        for (var position = 0; position < 100; position++)
        {
            received.Send(Tone(position), _ => position == 10 ? [] : [TimeSpan.Zero]);
        }

        received.At(TimeSpan.FromMilliseconds((11 * 20) + 999.9), _ => Assert.Equal(10, received.Frames.Count));
        received.At(TimeSpan.FromMilliseconds((11 * 20) + 1000.1), _ => Assert.True(received.Frames.Count > 50));
        received.Run();

        var gap = Assert.Single(received.Gaps);
        AssertNear(TimeSpan.FromMilliseconds(40), gap.To - gap.From, 1);
        Assert.Equal(1, gap.LostPackets);
        Assert.Equal(99, received.Frames.Count);
    }

    [Fact]
    public void Takes_arrival_times_while_no_report_comes_and_is_exact_from_the_first_report_on()
    {
        var received = new ReceivedTrack(CodecKind.Opus);
        received.Report(TimeSpan.FromSeconds(4), TimeSpan.FromMilliseconds(10));
        for (var position = 0; position < 300; position++)
        {
            // The first packets are late by up to 200 ms: that is how wrong the arrival time is.
            received.Send(Tone(position), _ => [TimeSpan.FromMilliseconds(Math.Max(210 - (position * 20), 10))]);
        }

        received.At(TimeSpan.FromSeconds(3), _ => Assert.Empty(received.Frames));
        received.At(TimeSpan.FromSeconds(3.4), _ => Assert.NotEmpty(received.Frames));
        received.Run();

        Assert.Equal(300, received.Frames.Count);
        for (var position = 205; position < 300; position++)
        {
            var expected = ReceivedTrack.Start + TimeSpan.FromMilliseconds((position * 20) + 10);
            AssertNear(TimeSpan.Zero, received.Frames[position].At - expected, 1);
        }
    }

    [Fact]
    public void Follows_a_publisher_whose_clock_runs_fast_without_a_jump()
    {
        // 200 ppm: 120 ms in ten minutes.
        var received = new ReceivedTrack(CodecKind.Opus);
        static TimeSpan Real(TimeSpan media) => media / 1.0002;
        for (var second = 0; second < 600; second++)
        {
            var media = TimeSpan.FromSeconds(second);
            received.At(
                Real(media),
                now =>
                    received.Receiver.HandleReport(
                        new(
                            NtpTime.FromUnixMicroseconds((long)Real(media).TotalMicroseconds),
                            received.Packetizer.TimestampAt(media),
                            0,
                            0
                        ),
                        now
                    )
            );
        }

        for (var position = 0; position < 30_000; position++)
        {
            var at = TimeSpan.FromMilliseconds(position * 20);
            var packet = received.Packetizer.Packet(at, marker: false, [0xFC, 1, 2]);
            received.At(Real(at), now => received.Receiver.HandlePacket(packet, now));
        }

        received.Run();

        Assert.Equal(30_000, received.Frames.Count);
        for (var position = 1; position < 30_000; position++)
        {
            var at = received.Frames[position].At - ReceivedTrack.Start;
            AssertNear(Real(TimeSpan.FromMilliseconds(position * 20)), at, 2);
            Assert.InRange(
                (received.Frames[position].At - received.Frames[position - 1].At).TotalMilliseconds,
                19.9,
                20.1
            );
        }
    }

    [Fact]
    public void Goes_on_with_a_source_that_counts_anew()
    {
        var received = new ReceivedTrack(CodecKind.Opus);
        var second = new Packetizer(CodecKind.Opus, firstSequenceNumber: 30_000, firstTimestamp: 2_000_000_000);
        for (var position = 0; position < 200; position++)
        {
            var tone = Tone(position);
            if (position < 100)
            {
                received.Send(tone, _ => [OneWay]);
                continue;
            }

            var packet = second.Cut(tone)[0];
            received.At(tone.At + OneWay, now => received.Receiver.HandlePacket(packet, now));
        }

        received.Run();

        // The first packet of the new numbers is not believed.
        Assert.Equal(199, received.Frames.Count);
        AssertNear(TimeSpan.FromMilliseconds(199 * 20), received.Frames[^1].At - received.Frames[0].At, 25);
        Assert.Single(received.Gaps);
    }

    [Fact]
    public void Takes_lost_sound_from_redundant_blocks()
    {
        var received = new ReceivedTrack(CodecKind.Red);
        for (var position = 0; position < 50; position++)
        {
            // RFC 2198: one block of the packet before (offset 960, 3 bytes), then the primary one.
            byte[] payload = [0x80 | 111, 0x0F, 0x00, 3, 111, 0xFC, 1, (byte)(position - 1), 0xFC, 1, (byte)position];
            var packet = new Packetizer(CodecKind.Opus, (ushort)position).Packet(
                TimeSpan.FromMilliseconds(position * 20),
                marker: false,
                payload
            );
            if (position % 10 != 5)
            {
                received.At(
                    TimeSpan.FromMilliseconds(position * 20),
                    now => Assert.Equal(default, received.Receiver.HandlePacket(packet, now))
                );
            }
        }

        received.Run();

        Assert.Equal(Enumerable.Range(0, 50), received.Frames.Select(frame => (int)frame.Data.Span[2]));
    }

    private static void AssertNear(TimeSpan expected, TimeSpan actual, double milliseconds) =>
        Assert.InRange((actual - expected).TotalMilliseconds, -milliseconds, milliseconds);

    private static EncodedFrame Tone(int position) =>
        new(TimeSpan.FromMilliseconds(position * 20), true, new byte[] { 0xFC, 1, (byte)position });

    private static async Task AssertDecodableAsync(ReceivedTrack received)
    {
        var file = new ArrayBufferWriter<byte>();
        var writer = new MatroskaWriter(received.Frames[0].Format!, received.Frames[0].At, file);
        foreach (var frame in received.Frames)
        {
            writer.WriteFrame(frame.At - received.Frames[0].At, frame.IsKeyFrame, frame.Data.Span);
        }

        using var scratch = new Scratch();
        var outcome = await Tool.RunAsync(
            "ffmpeg",
            "-v",
            "warning",
            "-i",
            scratch.Write("track", file.WrittenSpan),
            "-f",
            "null",
            "-"
        );
        Assert.Equal("", outcome.Errors);
    }
}
