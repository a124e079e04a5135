using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>
/// How a publisher's wall clock runs against the worker's, seen through its sender reports. One per publisher: the same
/// offset for its audio and video is what keeps the two in step at the subscriber (RFC 3550 section 6.4.1).
/// </summary>
internal sealed class SenderClock
{
    // Half a permille: more than any two quartz clocks drift apart, so a shorter path is never held against a longer one for good.
    private const long DriftDivisor = 2000;

    private long _offsetMicroseconds;
    private MonotonicTime _measuredAt;

    /// <summary>Gets a value indicating whether any report has come.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Gets how far the worker's wall clock is ahead of the publisher's, the shortest time under way included, in microseconds.</summary>
    public long OffsetMicroseconds => _offsetMicroseconds;

    /// <summary>Takes a sender report of any of the publisher's streams.</summary>
    /// <param name="ntp">The publisher's time in it.</param>
    /// <param name="now">When it arrived.</param>
    /// <param name="clock">The worker's wall clock.</param>
    public void HandleReport(NtpTime ntp, MonotonicTime now, NtpClock clock)
    {
        // Clock difference plus time under way; the smallest seen has the least of the latter.
        var measured = clock.At(now).MicrosecondsSince(ntp);
        var allowed = _offsetMicroseconds + ((now.Microseconds - _measuredAt.Microseconds) / DriftDivisor);
        var stepped = Math.Abs(measured - _offsetMicroseconds) > 1_000_000;
        _offsetMicroseconds = !IsKnown || stepped ? measured : Math.Min(measured, allowed);
        _measuredAt = now;
        IsKnown = true;
    }

    /// <summary>The timestamp that a stream of this publisher has reached now.</summary>
    /// <param name="now">Now.</param>
    /// <param name="clock">The worker's wall clock.</param>
    /// <param name="report">The stream's last sender report.</param>
    /// <param name="clockRate">Of its timestamps, Hz.</param>
    public uint TimestampAt(MonotonicTime now, NtpClock clock, in SenderInfo report, int clockRate)
    {
        var since = clock.At(now).MicrosecondsSince(report.Ntp) - _offsetMicroseconds;
        return report.RtpTimestamp + (uint)(since * clockRate / 1_000_000);
    }
}
