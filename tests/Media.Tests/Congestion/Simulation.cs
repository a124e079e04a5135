using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Congestion;

/// <summary>Virtual time: what is to happen when, in order.</summary>
internal sealed class Simulation
{
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;

    /// <summary>Gets the time; an hour has gone by, so that nothing works only near zero.</summary>
    public MonotonicTime Now { get; private set; } = new(3_600_000_000);

    /// <summary>Gets seconds since the start.</summary>
    public double Seconds => (Now.Microseconds - 3_600_000_000) / 1e6;

    public void At(MonotonicTime time, Action action) =>
        _events.Enqueue(action, (Math.Max(time.Microseconds, Now.Microseconds), _order++));

    public void After(double milliseconds, Action action) =>
        At(new(Now.Microseconds + (long)(milliseconds * 1000)), action);

    public void Every(double milliseconds, Action action)
    {
        action();
        After(milliseconds, () => Every(milliseconds, action));
    }

    /// <summary>Does something once, so many seconds after the start.</summary>
    public void AtSecond(double second, Action action) => At(new(3_600_000_000 + (long)(second * 1e6)), action);

    public void Run(double untilSecond)
    {
        var end = 3_600_000_000 + (long)(untilSecond * 1e6);
        while (_events.TryPeek(out var action, out var due) && due.At <= end)
        {
            _ = _events.Dequeue();
            Now = new(due.At);
            action();
        }

        Now = new(end);
    }
}
