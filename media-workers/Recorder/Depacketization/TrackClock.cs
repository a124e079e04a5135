namespace EventMeet.Recorder.Depacketization;

/// <summary>
/// Tells the wall-clock time of a track's RTP timestamps. Sender reports say it exactly; before the first one the arrival
/// of the first packet has to do. Corrections that a viewer would not notice are spread over time, so that
/// timestamps neither jump nor jitter.
/// </summary>
/// <param name="clockRate">Of the timestamps, Hz.</param>
internal sealed class TrackClock(int clockRate)
{
    // Two quartz clocks differ by 0.02 % at most; this catches up with any of them and is not heard.
    private const int SlewDivisor = 1000;

    // A wrong lip movement is seen from 45 ms on (ITU-R BT.1359); what is worse is put right at once.
    private const long LargestSlew = 40_000; // microseconds

    // No path delays packets as much: the source counts anew.
    private const long Discontinuity = 10_000_000; // microseconds

    private bool _anchored;
    private long _timestamp;
    private long _wall;
    private long _reportTimestamp;
    private long _reportWall;

    /// <summary>Gets a value indicating whether a sender report has told the time.</summary>
    public bool IsExact { get; private set; }

    /// <summary>Makes a wire timestamp comparable: the value nearest to the newest one.</summary>
    public long Unwrap(uint timestamp) => _anchored ? _timestamp + (int)(timestamp - (uint)_timestamp) : timestamp;

    /// <summary>Does a packet belong to a source that counts anew?</summary>
    /// <param name="timestamp">Unwrapped.</param>
    /// <param name="arrival">Microseconds since 1970.</param>
    public bool CountsAnew(long timestamp, long arrival) =>
        _anchored && Math.Abs(Linear(timestamp, _timestamp, _wall) - arrival) > Discontinuity;

    /// <summary>Notes that a packet has come.</summary>
    /// <param name="timestamp">Unwrapped.</param>
    /// <param name="arrival">Microseconds since 1970.</param>
    public void HandleArrival(long timestamp, long arrival)
    {
        if (!_anchored || CountsAnew(timestamp, arrival))
        {
            (_anchored, IsExact) = (true, false);
            (_timestamp, _wall) = (timestamp, arrival);
        }
    }

    /// <summary>Notes what a sender report says.</summary>
    /// <param name="timestamp">The report's RTP timestamp, unwrapped.</param>
    /// <param name="wall">The same instant, in microseconds since 1970.</param>
    public void HandleReport(long timestamp, long wall)
    {
        if (!_anchored || Math.Abs(Linear(timestamp, _timestamp, _wall) - wall) > Discontinuity)
        {
            // It was sent before the source counted anew, or before its first packet.
            return;
        }

        (_reportTimestamp, _reportWall) = (timestamp, wall);
        IsExact = true;
    }

    /// <summary>The wall-clock time of a frame, in microseconds since 1970.</summary>
    /// <param name="timestamp">Unwrapped; frames come in order.</param>
    public long WallAt(long timestamp)
    {
        var wall = Linear(timestamp, _timestamp, _wall);
        if (IsExact)
        {
            var error = Linear(timestamp, _reportTimestamp, _reportWall) - wall;
            var slew = Math.Max(0, (timestamp - _timestamp) * 1_000_000 / clockRate / SlewDivisor);
            wall += Math.Abs(error) > LargestSlew ? error : Math.Clamp(error, -slew, slew);
        }

        if (timestamp > _timestamp)
        {
            (_timestamp, _wall) = (timestamp, wall);
        }

        return wall;
    }

    private long Linear(long timestamp, long anchor, long wall) =>
        wall + ((timestamp - anchor) * 1_000_000 / clockRate);
}
