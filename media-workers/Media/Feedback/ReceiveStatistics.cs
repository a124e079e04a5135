using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Feedback;

/// <summary>What one incoming SSRC counts for its report blocks (RFC 3550 section 6.4.1, appendices A.3 and A.8).</summary>
/// <param name="ssrc">The source.</param>
/// <param name="clockRate">Of its timestamps, Hz.</param>
internal sealed class ReceiveStatistics(uint ssrc, int clockRate)
{
    // A step of the timestamps that is no jitter but a new start: 5 s.
    private const int MaxTransitSeconds = 5;

    private bool _started;
    private long _baseIndex;
    private long _highestIndex;
    private long _expectedPrior;
    private long _receivedPrior;
    private uint _newestTimestamp;
    private long _newestArrivalTicks;

    // Sixteenths of a timestamp unit, as in appendix A.8.
    private long _jitter;

    /// <summary>Gets the source.</summary>
    public uint Ssrc => ssrc;

    /// <summary>Gets packets received, duplicates included.</summary>
    public long PacketCount { get; private set; }

    /// <summary>Gets payload bytes received.</summary>
    public long OctetCount { get; private set; }

    /// <summary>Gets the highest index received.</summary>
    public PacketIndex Highest => new(_highestIndex);

    /// <summary>Gets packets that never came, as of now; negative when duplicates outnumber them.</summary>
    public long CumulativeLost => _started ? _highestIndex - _baseIndex + 1 - PacketCount : 0;

    /// <summary>Gets the interarrival jitter, in units of the timestamp clock.</summary>
    public uint Jitter => (uint)(_jitter >> 4);

    /// <summary>Gets the last SR of this source; null before the first. It ties the source's timestamps to its sender's clock.</summary>
    public SenderInfo? LastSenderReport { get; private set; }

    /// <summary>Gets when that SR came; never before the first.</summary>
    public MonotonicTime SenderReportAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Counts a packet.</summary>
    /// <param name="index">Unwrapped.</param>
    /// <param name="timestamp">As it arrived.</param>
    /// <param name="payloadLength">In bytes.</param>
    /// <param name="now">When it arrived.</param>
    public void HandleArrival(PacketIndex index, uint timestamp, int payloadLength, MonotonicTime now)
    {
        PacketCount++;
        OctetCount += payloadLength;
        if (!_started)
        {
            _started = true;
            _baseIndex = index.Value;
            _expectedPrior = 0;
            TakeAsNewest(index, timestamp, now);
            return;
        }

        // A packet from before the first one we saw was expected as well.
        _baseIndex = Math.Min(_baseIndex, index.Value);
        if (index.Value <= _highestIndex)
        {
            return;
        }

        // The packets of one video frame share a timestamp but leave one by one: only the first one of each tells jitter.
        if (timestamp != _newestTimestamp)
        {
            MeasureJitter(timestamp, now);
        }

        TakeAsNewest(index, timestamp, now);
    }

    /// <summary>Takes this source's SR.</summary>
    public void HandleSenderReport(in SenderInfo report, MonotonicTime now)
    {
        LastSenderReport = report;
        SenderReportAt = now;
    }

    /// <summary>Makes the report block and starts the next interval.</summary>
    /// <returns>False before the first packet.</returns>
    public bool TryTakeReportBlock(MonotonicTime now, out ReportBlock block)
    {
        var expected = _highestIndex - _baseIndex + 1;
        var expectedNow = expected - _expectedPrior;
        var lostNow = expectedNow - (PacketCount - _receivedPrior);
        _expectedPrior = expected;
        _receivedPrior = PacketCount;
        var fraction = expectedNow <= 0 || lostNow <= 0 ? 0 : (lostNow << 8) / expectedNow;
        var delay = SenderReportAt == MonotonicTime.Never ? 0 : NtpTime.ToCompact(now - SenderReportAt);
        block = new(
            ssrc,
            (byte)Math.Min(fraction, byte.MaxValue),
            (int)Math.Clamp(CumulativeLost, int.MinValue, int.MaxValue),
            (uint)_highestIndex,
            Jitter,
            LastSenderReport?.Ntp.Compact ?? 0,
            delay
        );
        return _started;
    }

    private void TakeAsNewest(PacketIndex index, uint timestamp, MonotonicTime now)
    {
        if (timestamp != _newestTimestamp || PacketCount == 1)
        {
            _newestTimestamp = timestamp;
            _newestArrivalTicks = ToTicks(now);
        }

        _highestIndex = index.Value;
    }

    // RFC 3550 appendix A.8, in integers: J += |D| - J/16 with J in sixteenths.
    private void MeasureJitter(uint timestamp, MonotonicTime now)
    {
        var difference = Math.Abs(ToTicks(now) - _newestArrivalTicks - (int)(timestamp - _newestTimestamp));
        if (difference < (long)clockRate * MaxTransitSeconds)
        {
            _jitter += difference - ((_jitter + 8) >> 4);
        }
    }

    // Seconds apart from the rest, so that years of microseconds do not overflow.
    private long ToTicks(MonotonicTime time)
    {
        var (seconds, rest) = Math.DivRem(time.Microseconds, 1_000_000);
        return (seconds * clockRate) + (rest * clockRate / 1_000_000);
    }
}
