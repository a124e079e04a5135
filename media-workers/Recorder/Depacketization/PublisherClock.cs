using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Recorder.Depacketization;

/// <summary>One publisher's wall clock in terms of the recorder's; shared by the publisher's tracks, which keeps them in step (RFC 3550 section 6.4.1).</summary>
/// <param name="wallClock">The recorder's.</param>
internal sealed class PublisherClock(NtpClock wallClock)
{
    // NTP counts from 1900, Unix from 1970 (RFC 868).
    private static readonly NtpTime UnixEpoch = NtpTime.FromUnixMicroseconds(0);

    private readonly SenderClock _clock = new();

    /// <summary>Takes a sender report of any of the publisher's tracks.</summary>
    public void HandleReport(in SenderInfo report, MonotonicTime now) =>
        _clock.HandleReport(report.Ntp, now, wallClock);

    /// <summary>The recorder's wall clock at the instant of a report, in microseconds since 1970.</summary>
    public long WallAt(in SenderInfo report) =>
        report.Ntp.PlusMicroseconds(_clock.OffsetMicroseconds).MicrosecondsSince(UnixEpoch);

    /// <summary>What the publisher's clock says of an event, on the recorder's; when it came until a report has told how the two compare.</summary>
    /// <param name="at">By the publisher's.</param>
    /// <param name="arrival">When word of it came.</param>
    public DateTimeOffset WallAt(DateTimeOffset at, MonotonicTime arrival)
    {
        var came = DateTimeOffset.UnixEpoch.AddMicroseconds(WallAt(arrival));
        if (!_clock.IsKnown)
        {
            return came;
        }

        var told = at.AddMicroseconds(_clock.OffsetMicroseconds);
        return told < came ? told : came;
    }

    /// <summary>The recorder's wall clock, in microseconds since 1970.</summary>
    public long WallAt(MonotonicTime time) => wallClock.At(time).MicrosecondsSince(UnixEpoch);
}
