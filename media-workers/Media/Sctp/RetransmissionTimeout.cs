using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>How long to wait for an acknowledgement (RFC 9260 section 6.3.1).</summary>
internal sealed class RetransmissionTimeout(SctpOptions options)
{
    // The peer may acknowledge a middle packet late; without this floor a steady path would time out on that alone.
    private static readonly TimeSpan SmallestVariance = TimeSpan.FromMilliseconds(100);

    private TimeSpan _variance;
    private TimeSpan _measured = options.InitialTimeout; // without backing off
    private MonotonicTime _probedAt = MonotonicTime.Never;

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
        _measured = Clamp(Smoothed + (spread < SmallestVariance ? SmallestVariance : spread));
        Current = _measured;
        _probedAt = MonotonicTime.Never;
    }

    /// <summary>Doubles the wait after it has passed in vain (rule E2).</summary>
    public void BackOff() => Current = Clamp(Current * 2);

    /// <summary>What had timed out was sent again.</summary>
    public void HandleProbe(MonotonicTime now) => _probedAt = now;

    /// <summary>
    /// The acknowledgement moved on. Without a new sample, which Karn's rule denies while only lost chunks are sent again,
    /// the wait would stay long; so it is taken back when the answer to the probe came as fast as earlier ones did.
    /// </summary>
    public void HandleProgress(MonotonicTime now)
    {
        if (_probedAt == MonotonicTime.Never)
        {
            return;
        }

        var elapsed = now - _probedAt;
        // Sooner than that, it answers the first transmission; later, the path has become slower.
        if (elapsed * 2 >= Smoothed && elapsed <= _measured)
        {
            Current = _measured;
        }

        _probedAt = MonotonicTime.Never;
    }

    private TimeSpan Clamp(TimeSpan value) =>
        value < options.MinimumTimeout ? options.MinimumTimeout
        : value > options.MaximumTimeout ? options.MaximumTimeout
        : value;
}
