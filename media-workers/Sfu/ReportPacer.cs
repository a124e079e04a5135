using EventMeet.Media.Values;

namespace EventMeet.Sfu;

/// <summary>
/// Says when reports are read. They tell of the past and come by the thousand: whatever wakes the loop reads them, and they wake it by themselves at most
/// once in <see cref="LongestWait"/>.
/// </summary>
internal sealed class ReportPacer
{
    /// <summary>So long may a report lie unread.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(10);

    private MonotonicTime _lastFound = MonotonicTime.Zero;
    private bool _isBehind;

    /// <summary>Gets a value indicating whether the loop is to be woken by the next report; otherwise it looks for them in every turn.</summary>
    public bool IsWatching { get; private set; } = true;

    /// <summary>Gets when to look at the latest: at once if not all were read; never while reports wake the loop.</summary>
    public MonotonicTime NextRead =>
        IsWatching ? MonotonicTime.Never
        : _isBehind ? _lastFound
        : _lastFound + LongestWait;

    /// <summary>It was looked for reports.</summary>
    /// <param name="found">There were some.</param>
    /// <param name="isBehind">There are more than a turn reads.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when <see cref="IsWatching"/> has changed.</returns>
    public bool NoteRead(bool found, bool isBehind, MonotonicTime now)
    {
        var watched = IsWatching;
        _isBehind = isBehind;
        if (found)
        {
            IsWatching = IsWatching && now - _lastFound >= LongestWait;
            _lastFound = now;
        }
        else
        {
            IsWatching = IsWatching || now >= NextRead;
        }

        return IsWatching != watched;
    }
}
