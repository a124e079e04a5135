using EventMeet.Media.Feedback;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Feedback;

public sealed class StatisticsTests
{
    private static readonly NtpClock Clock = new(NtpTime.FromUnixMicroseconds(1_700_000_000_000_000));

    [Fact]
    public void Losses_are_counted_per_report_and_in_all()
    {
        var statistics = new ReceiveStatistics(0x1234, 90_000);
        Assert.False(statistics.TryTakeReportBlock(MonotonicTime.Zero, out _));
        foreach (var index in new[] { 65_533L, 65_534, 65_537, 65_538 }) // 65535 and 65536 are lost
        {
            statistics.HandleArrival(new(index), 0, 100, MonotonicTime.Zero);
        }

        Assert.True(statistics.TryTakeReportBlock(MonotonicTime.Zero, out var block));
        Assert.Equal(new ReportBlock(0x1234, 2 * 256 / 6, 2, 0x1_0002, 0, 0, 0), block);

        // One comes late, nothing else is missing: no loss in this interval, and one less in all.
        statistics.HandleArrival(new(65_536), 0, 100, MonotonicTime.Zero);
        statistics.HandleArrival(new(65_539), 0, 100, MonotonicTime.Zero);
        _ = statistics.TryTakeReportBlock(MonotonicTime.Zero, out block);
        Assert.Equal((0, 1), (block.FractionLost, block.CumulativeLost));
        _ = statistics.TryTakeReportBlock(MonotonicTime.Zero, out block);
        Assert.Equal(0, block.FractionLost);
        Assert.Equal(600, statistics.OctetCount);
    }

    [Fact]
    public void A_late_packet_from_before_the_first_was_expected_too()
    {
        var statistics = new ReceiveStatistics(1, 48_000);
        statistics.HandleArrival(new(10), 0, 1, MonotonicTime.Zero);
        statistics.HandleArrival(new(8), 0, 1, MonotonicTime.Zero);
        Assert.Equal(1, statistics.CumulativeLost);
    }

    [Fact]
    public void Jitter_follows_appendix_a8_and_ignores_packets_of_one_frame()
    {
        var statistics = new ReceiveStatistics(1, 90_000);
        var now = new MonotonicTime(1_000_000);
        statistics.HandleArrival(new(1), 0xFFFF_FFFF - 2999, 1, now); // the timestamps wrap
        statistics.HandleArrival(new(2), 0xFFFF_FFFF - 2999, 1, now + TimeSpan.FromMilliseconds(20));
        Assert.Equal(0u, statistics.Jitter);

        // 3000 units later by its timestamp, 4500 by the clock: D = 1500, J = 1500 / 16.
        statistics.HandleArrival(new(3), 0, 1, now + TimeSpan.FromMilliseconds(50));
        Assert.Equal(93u, statistics.Jitter);

        // A jump of more than five seconds is a new start, not jitter.
        statistics.HandleArrival(new(4), 900_000, 1, now + TimeSpan.FromMilliseconds(60));
        Assert.Equal(93u, statistics.Jitter);
    }

    [Fact]
    public void The_last_sender_report_comes_back_with_the_delay_since()
    {
        var statistics = new ReceiveStatistics(1, 48_000);
        var report = new SenderInfo(new(0xAAAA_BBBB_CCCC_DDDD), 5, 6, 7);
        statistics.HandleArrival(new(1), 0, 1, MonotonicTime.Zero);
        statistics.HandleSenderReport(report, new(1_000_000));
        _ = statistics.TryTakeReportBlock(new(2_500_000), out var block);
        Assert.Equal(0xBBBB_CCCCu, block.LastSenderReport);
        Assert.Equal(0x1_8000u, block.DelaySinceLastSenderReport);
        Assert.Equal(report, statistics.LastSenderReport);
    }

    [Fact]
    public void The_round_trip_is_that_of_the_specifications_example()
    {
        // RFC 3550 figure 2: A = b710:8000, LSR = b705:2000, DLSR = 5.25 s, so 6.125 s.
        var clock = new NtpClock(new(0x0000_B710_8000_0000));
        var statistics = new SendStatistics(90_000);
        statistics.HandleReport(new(1, 64, 9, 0, 77, 0xB705_2000, 0x5_4000), MonotonicTime.Zero, clock);
        Assert.Equal(TimeSpan.FromSeconds(6.125), statistics.RoundTrip);
        Assert.Equal((64, 9, 77u), (statistics.FractionLost, statistics.CumulativeLost, statistics.Jitter));

        // Without an SR, or with a lie, the last one stands.
        statistics.HandleReport(new(1, 0, 0, 0, 0, 0, 0), MonotonicTime.Zero, clock);
        statistics.HandleReport(new(1, 0, 0, 0, 0, 0xB710_8000, 1), MonotonicTime.Zero, clock);
        Assert.Equal(TimeSpan.FromSeconds(6.125), statistics.RoundTrip);
    }

    [Fact]
    public void A_sender_report_tells_the_timestamp_of_its_own_moment()
    {
        var statistics = new SendStatistics(90_000);
        Assert.False(statistics.TryMakeReport(MonotonicTime.Zero, Clock, out _));
        statistics.HandleSent(0xFFFF_FFFF, 1000, new(2_000_000));
        statistics.HandleSent(0xFFFF_FFF0, 500, new(2_100_000)); // a retransmission of an older one
        Assert.True(statistics.TryMakeReport(new(3_000_000), Clock, out var info));
        Assert.Equal(new SenderInfo(Clock.At(new(3_000_000)), 89_999, 2, 1500), info);
    }

    [Fact]
    public void Audio_and_video_of_one_publisher_share_its_clock_whatever_the_network_does()
    {
        var sender = new SenderClock();
        var publisher = NtpTime.FromUnixMicroseconds(5_000_000_000); // far from ours
        var audio = new SenderInfo(publisher, 48_000, 0, 0);
        var video = new SenderInfo(publisher.PlusMicroseconds(500_000), 90_000, 0, 0);
        sender.HandleReport(audio.Ntp, new(1_000_000), Clock);
        sender.HandleReport(video.Ntp, new(1_590_000), Clock); // 90 ms later than the first took

        var now = new MonotonicTime(2_000_000);
        Assert.Equal(48_000u + 48_000, sender.TimestampAt(now, Clock, audio, 48_000), tolerance: 20u);
        Assert.Equal(90_000u + 45_000, sender.TimestampAt(now, Clock, video, 90_000), tolerance: 40u);
    }

    [Fact]
    public void Wall_clock_times_convert_both_ways()
    {
        var time = NtpTime.FromUnixMicroseconds(1_700_000_000_250_000);
        Assert.Equal((1_700_000_000UL + 2_208_988_800) << 32 | 0x4000_0000, time.Value);
        Assert.Equal(-1_500_000, time.PlusMicroseconds(-1_500_000).MicrosecondsSince(time), tolerance: 1);
        Assert.Equal(2_500_000, time.PlusMicroseconds(2_500_000).MicrosecondsSince(time), tolerance: 1);
        Assert.Equal(0u, NtpTime.ToCompact(TimeSpan.FromSeconds(-1)));
        Assert.Equal(uint.MaxValue, NtpTime.ToCompact(TimeSpan.FromDays(10)));
        Assert.Equal(1_500_000, NtpTime.CompactToMicroseconds(0x1_8000));
    }
}
