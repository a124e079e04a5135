using EventMeet.Media.Values;

namespace EventMeet.Sfu;

/// <summary>
/// Keeps the turns of a busy loop apart: what arrives meanwhile is handled together, and waking up, which costs as much as
/// forwarding several packets, is paid once. A loop with little to do turns at once.
/// </summary>
/// <param name="spacing">From one turn's beginning to the next one's while busy; zero never rests.</param>
internal sealed class TurnPacer(TimeSpan spacing)
{
    // In a window. Below a thousand a second there is little to win, and the delay would be most of what a packet meets here.
    private const int BusyTurns = 100;
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    // So many are left of them when after each rest the next turn comes as late as if there had been none.
    private readonly double _restedBusyTurns = BusyTurns / (1 + (spacing / Window * BusyTurns));

    private MonotonicTime _windowEnd = MonotonicTime.Zero;
    private MonotonicTime _turnBegan = MonotonicTime.Zero;
    private int _turns;
    private bool _isBusy;

    /// <summary>A turn begins: something has arrived, was ordered or is due.</summary>
    public void NoteTurn(MonotonicTime now)
    {
        _turnBegan = now;
        _turns++;
        if (now >= _windowEnd)
        {
            // A window that nothing ended in time was a quiet one.
            _isBusy = _turns > (_isBusy ? _restedBusyTurns : BusyTurns) && now < _windowEnd + Window;
            _windowEnd = now + Window;
            _turns = 0;
        }
    }

    /// <summary>How long to leave everything where it is before the next turn; zero or less for not at all.</summary>
    public TimeSpan RestAt(MonotonicTime now) => _isBusy ? _turnBegan + spacing - now : TimeSpan.Zero;
}
