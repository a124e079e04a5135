using EventMeet.Media.Rtcp;

namespace EventMeet.Media.Rtp;

/// <summary>Translates timestamps between two streams of one sender by their sender reports (RFC 3550 section 6.4.1).</summary>
internal static class TimestampTranslation
{
    // A report older than this has drifted, or its sender is gone.
    private const long MaxReportAge = 60_000_000; // microseconds

    /// <summary>What a timestamp of one stream would be in another.</summary>
    /// <param name="timestamp">In the stream that <paramref name="from"/> reports.</param>
    /// <param name="from">The last SR of the stream it is from.</param>
    /// <param name="to">The last SR of the other stream; of the same sender, so both have the same wall clock.</param>
    /// <param name="clockRate">Of both, Hz.</param>
    /// <param name="translated">In the stream that <paramref name="to"/> reports.</param>
    /// <returns>False when the reports are too far apart to be trusted.</returns>
    public static bool TryTranslate(
        uint timestamp,
        in SenderInfo from,
        in SenderInfo to,
        int clockRate,
        out uint translated
    )
    {
        var between = from.Ntp.MicrosecondsSince(to.Ntp);
        translated = to.RtpTimestamp + (timestamp - from.RtpTimestamp) + (uint)(between * clockRate / 1_000_000);
        return between is > -MaxReportAge and < MaxReportAge;
    }
}
