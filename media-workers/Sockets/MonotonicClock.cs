using EventMeet.Media.Values;

namespace EventMeet.Sockets;

/// <summary>The one meeting of the system's clock and the engine's: everything in the process counts from its start.</summary>
/// <param name="clock">The system's.</param>
internal sealed class MonotonicClock(TimeProvider clock)
{
    private readonly long _origin = clock.GetTimestamp();

    /// <summary>Gets the time of day at <see cref="MonotonicTime.Zero"/>.</summary>
    public DateTimeOffset Origin { get; } = clock.GetUtcNow();

    /// <summary>Gets the time.</summary>
    public MonotonicTime Now => MonotonicTime.Zero + clock.GetElapsedTime(_origin);
}
