using EventMeet.Media.Codecs;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Depacketization;
using EventMeet.Recorder.Tests.Fixtures;
using FsCheck.Xunit;

namespace EventMeet.Recorder.Tests.Depacketization;

public sealed class DepacketizerProperties
{
    private static readonly CodecKind[] Codecs =
    [
        CodecKind.Opus,
        CodecKind.Red,
        CodecKind.Vp8,
        CodecKind.Vp9,
        CodecKind.H264,
        CodecKind.Av1,
    ];

    public static TheoryData<CodecKind> Encoded => EncodedTrack.Codecs;

    [Property(MaxTest = 300)]
    public void Survives_any_payloads(byte[][] payloads, bool[] markers)
    {
        foreach (var codec in Codecs)
        {
            var depacketizer = Depacketizer.For(codec);
            for (var position = 0; position < payloads.Length; position++)
            {
                if (payloads[position] is { Length: > 0 } payload)
                {
                    var marker = position < markers.Length && markers[position];
                    depacketizer.HandlePacket(position / 3, marker, payload);
                }

                while (depacketizer.TryTakeFrame(out var frame))
                {
                    Assert.False(frame.Data.IsEmpty);
                }
            }

            depacketizer.Finish();
        }
    }

    [Property(MaxTest = 300)]
    public void Survives_any_headers(byte[] bytes)
    {
        _ = H264Sequence.TryParse(bytes, out _);
        _ = Av1Sequence.TryParse(bytes, out _);
        _ = Vp9KeyFrameHeader.TryParse(bytes, out _);
        _ = Vp9Descriptor.TryParse(bytes, out var descriptor);
        Assert.InRange(descriptor.Length, 0, bytes.Length);
    }

    [Property(MaxTest = 300)]
    public void Survives_any_packets_in_any_order(byte[][] packets, ushort[] numbers, byte[] waits)
    {
        var receiver = new TrackReceiver(
            CodecKind.H264,
            90_000,
            new PublisherClock(new NtpClock(NtpTime.FromUnixMicroseconds(0)))
        );
        var now = MonotonicTime.Zero;
        for (var position = 0; position < Math.Min(packets.Length, Math.Min(numbers.Length, waits.Length)); position++)
        {
            byte[] packet =
            [
                0x80,
                96,
                (byte)(numbers[position] >> 8),
                (byte)numbers[position],
                .. packets[position] ?? [],
            ];
            now += TimeSpan.FromMilliseconds(waits[position]);
            _ = receiver.HandlePacket(packet, now);
            receiver.Advance(now);
            while (receiver.TryTakeFrame(out _) || receiver.TryTakeGap(out _)) { }
        }

        receiver.Finish();
        while (receiver.TryTakeFrame(out _) || receiver.TryTakeGap(out _)) { }

        Assert.True(receiver.NextTimeout > now);
    }

    [Theory]
    [MemberData(nameof(Encoded))]
    public async Task Survives_real_packets_that_are_cut_or_flipped(CodecKind codec)
    {
        var track = await EncodedTrack.OfAsync(codec);
        var packets = track
            .Frames.Take(3)
            .SelectMany(new Packetizer(codec).Cut)
            .Select(packet => packet[12..])
            .ToList();
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var depacketizer = Depacketizer.For(codec);
            foreach (var (packet, position) in packets.Select((packet, position) => (packet, position)))
            {
                var bytes = packet.ToArray();
                if (random.Next(4) == 0)
                {
                    bytes[random.Next(Math.Min(bytes.Length, 12))] ^= (byte)(1 << random.Next(8));
                }

                _ = depacketizer.HandlePacket(
                    position / 5,
                    random.Next(5) == 0,
                    bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(1, bytes.Length + 1) : bytes.Length)
                );
            }

            depacketizer.Finish();
        }
    }
}
