using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>A token bucket: how many messages a page may send. Pages send a few a minute; a loop gone wild is stopped here.</summary>
internal sealed class InCallBudget
{
    private const double PerSecond = 20;
    private const double Burst = 60;

    private double _tokens = Burst;
    private MonotonicTime _filledAt;

    /// <summary>Takes one message's worth.</summary>
    /// <returns>False when the budget is used up.</returns>
    public bool TryTake(MonotonicTime now)
    {
        _tokens = Math.Min(Burst, _tokens + ((now - _filledAt).TotalSeconds * PerSecond));
        _filledAt = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }
}
