using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventMeet.Fuzz;

/// <summary>How long to go on with one target: a number of inputs, or a time ("20s").</summary>
internal sealed class Plan
{
    private readonly long _count;
    private readonly TimeSpan _time;
    private readonly TimeProvider _clock;

    private Plan(long count, TimeSpan time, TimeProvider clock) => (_count, _time, _clock) = (count, time, clock);

    public static bool TryRead(string text, TimeProvider clock, [NotNullWhen(true)] out Plan? plan)
    {
        var isTime = text.EndsWith('s');
        var read =
            long.TryParse(isTime ? text[..^1] : text, CultureInfo.InvariantCulture, out var amount) && amount > 0;
        plan = read
            ? new Plan(
                isTime ? long.MaxValue : amount,
                isTime ? TimeSpan.FromSeconds(amount) : TimeSpan.MaxValue,
                clock
            )
            : null;
        return read;
    }

    /// <summary>Begins with a target: says after each input whether there shall be another.</summary>
    public Func<long, bool> Begin()
    {
        var start = _clock.GetTimestamp();
        return count => count < _count && (count % 1000 != 0 || _clock.GetElapsedTime(start) < _time);
    }
}
