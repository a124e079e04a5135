namespace EventMeet.Media.Sctp;

/// <summary>How long to wait for an acknowledgement (RFC 9260 section 6.3.1).</summary>
internal sealed class RetransmissionTimeout(SctpOptions options)
{
    // The peer may acknowledge a middle packet late; without this floor a steady path would time out on that alone.
    private static readonly TimeSpan SmallestVariance = TimeSpan.FromMilliseconds(100);

    private TimeSpan _variance;

    /// <summary>Gets the current wait: RTO.</summary>
    public TimeSpan Current { get; private set; } = options.InitialTimeout;

    /// <summary>Gets the smoothed round-trip time; zero before the first sample.</summary>
    public TimeSpan Smoothed { get; private set; }

    /// <summary>Takes in a round-trip time of a chunk that was sent once (Karn's rule).</summary>
    public void HandleSample(TimeSpan roundTrip)
    {
        if (Smoothed == TimeSpan.Zero)
        {
            Smoothed = roundTrip;
            _variance = roundTrip / 2;
        }
        else
        {
            _variance = ((_variance * 3) + (Smoothed - roundTrip).Duration()) / 4;
            Smoothed = ((Smoothed * 7) + roundTrip) / 8;
        }

        var spread = _variance * 4;
        Current = Clamp(Smoothed + (spread < SmallestVariance ? SmallestVariance : spread));
    }

    /// <summary>Doubles the wait after it has passed in vain (rule E2).</summary>
    public void BackOff() => Current = Clamp(Current * 2);

    private TimeSpan Clamp(TimeSpan value) =>
        value < options.MinimumTimeout ? options.MinimumTimeout
        : value > options.MaximumTimeout ? options.MaximumTimeout
        : value;
}
