namespace EventMeet.Media.Values;

/// <summary>A point on the shard's own clock, which only goes forward. Says nothing about the time of day.</summary>
/// <param name="Microseconds">Since the clock's origin, which is the same for everything in one process.</param>
public readonly record struct MonotonicTime(long Microseconds) : IComparable<MonotonicTime>
{
    /// <summary>Later than any time that is ever reached.</summary>
    public static readonly MonotonicTime Never = new(long.MaxValue);

    /// <summary>The clock's origin.</summary>
    public static readonly MonotonicTime Zero;

    /// <summary>Is <paramref name="left"/> before <paramref name="right"/>?</summary>
    public static bool operator <(MonotonicTime left, MonotonicTime right) => left.Microseconds < right.Microseconds;

    /// <summary>Is <paramref name="left"/> after <paramref name="right"/>?</summary>
    public static bool operator >(MonotonicTime left, MonotonicTime right) => left.Microseconds > right.Microseconds;

    /// <summary>Is <paramref name="left"/> not after <paramref name="right"/>?</summary>
    public static bool operator <=(MonotonicTime left, MonotonicTime right) => left.Microseconds <= right.Microseconds;

    /// <summary>Is <paramref name="left"/> not before <paramref name="right"/>?</summary>
    public static bool operator >=(MonotonicTime left, MonotonicTime right) => left.Microseconds >= right.Microseconds;

    /// <summary>Later by a duration; <see cref="Never"/> stays never.</summary>
    public static MonotonicTime operator +(MonotonicTime time, TimeSpan duration) =>
        time == Never ? Never : new(time.Microseconds + (duration.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>Earlier by a duration; <see cref="Never"/> stays never.</summary>
    public static MonotonicTime operator -(MonotonicTime time, TimeSpan duration) =>
        time == Never ? Never : new(time.Microseconds - (duration.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>The duration between two times.</summary>
    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier) =>
        TimeSpan.FromTicks((later.Microseconds - earlier.Microseconds) * TimeSpan.TicksPerMicrosecond);

    /// <summary>The earlier of two times.</summary>
    public static MonotonicTime Soonest(MonotonicTime first, MonotonicTime second) => first <= second ? first : second;

    /// <summary>The next time that is a multiple of a step, or this one; <see cref="Never"/> stays never.</summary>
    /// <param name="step">At least a microsecond.</param>
    public MonotonicTime RoundUp(TimeSpan step)
    {
        var length = step.Ticks / TimeSpan.TicksPerMicrosecond;
        return this == Never ? Never : new((Microseconds + length - 1) / length * length);
    }

    /// <inheritdoc/>
    public int CompareTo(MonotonicTime other) => Microseconds.CompareTo(other.Microseconds);
}
