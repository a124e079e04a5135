using EventMeet.Media.Codecs;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Recorder.Depacketization;
using EventMeet.Recorder.Tests.Fixtures;

namespace EventMeet.Recorder.Tests.Depacketization;

/// <summary>A receiver on virtual time behind a seeded network.</summary>
internal sealed class ReceivedTrack(CodecKind codec)
{
    /// <summary>The recorder's wall clock when the publisher starts to send.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly NtpClock WallClock = new(
        NtpTime.FromUnixMicroseconds(Start.ToUnixTimeMilliseconds() * 1000)
    );

    private readonly PriorityQueue<Action<MonotonicTime>, (long At, int Order)> _events = new();
    private readonly Packetizer _packetizer = new(codec);
    private int _order;

    public TrackReceiver Receiver { get; } =
        new(codec, codec == CodecKind.Opus ? 48_000 : 90_000, new PublisherClock(WallClock));

    public List<TrackFrame> Frames { get; } = [];

    public List<TrackGap> Gaps { get; } = [];

    public List<MonotonicTime> KeyFrameRequests { get; } = [];

    public Packetizer Packetizer => _packetizer;

    public void At(TimeSpan at, Action<MonotonicTime> happens) => _events.Enqueue(happens, (at.Ticks / 10, _order++));

    /// <summary>Sends a frame's packets; each arrives after the delays that are given for it, or never.</summary>
    public void Send(EncodedFrame frame, Func<int, IEnumerable<TimeSpan>> delays)
    {
        foreach (var (packet, position) in _packetizer.Cut(frame).Select((packet, position) => (packet, position)))
        {
            foreach (var delay in delays(position))
            {
                At(frame.At + delay, now => Assert.Equal(default, Receiver.HandlePacket(packet, now)));
            }
        }
    }

    /// <summary>Sends a sender report; the publisher's clock is an hour and a bit ahead of the recorder's.</summary>
    public void Report(TimeSpan at, TimeSpan delay) =>
        At(
            at + delay,
            now =>
                Receiver.HandleReport(
                    new(
                        WallClock.At(new(at.Ticks / 10)).PlusMicroseconds(3_723_456_789),
                        _packetizer.TimestampAt(at),
                        0,
                        0
                    ),
                    now
                )
        );

    public void Run()
    {
        while (_events.TryDequeue(out var happens, out var key))
        {
            while (Receiver.NextTimeout.Microseconds < key.At)
            {
                Wake(Receiver.NextTimeout);
            }

            happens(new(key.At));
            Drain(new(key.At));
        }

        Receiver.Finish();
        Drain(MonotonicTime.Never);
    }

    private void Wake(MonotonicTime now)
    {
        Receiver.Advance(now);
        Drain(now);
        Assert.True(Receiver.NextTimeout > now, "It would be woken at once for ever.");
    }

    private void Drain(MonotonicTime now)
    {
        while (Receiver.TryTakeFrame(out var frame))
        {
            Frames.Add(frame);
        }

        while (Receiver.TryTakeGap(out var gap))
        {
            Gaps.Add(gap);
        }

        if (Receiver.TryTakeKeyFrameRequest(now))
        {
            KeyFrameRequests.Add(now);
        }
    }
}
