using System.Numerics;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>Counts durations in steps of about 3 %, from a microsecond to an hour, in 1 KiB.</summary>
internal sealed class DelayHistogram
{
    private const int StepBits = 5;
    private const int Steps = 1 << StepBits;

    private readonly long[] _counts = new long[(32 - StepBits) * Steps];

    public long Count { get; private set; }

    /// <summary>Gets the longest, in microseconds.</summary>
    public long Longest { get; private set; }

    public void Add(long microseconds)
    {
        var value = (uint)Math.Clamp(microseconds, 0, int.MaxValue);
        _counts[StepOf(value)]++;
        Count++;
        Longest = Math.Max(Longest, value);
    }

    /// <summary>Gets the duration below which a share of all is, in milliseconds.</summary>
    public double Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        for (var step = 0; step < _counts.Length; step++)
        {
            wanted -= _counts[step];
            if (wanted <= 0)
            {
                return Math.Min(UpperEnd(step), Longest) / 1000.0;
            }
        }

        return Longest / 1000.0;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        (Count, Longest) = (0, 0);
    }

    private static int StepOf(uint value)
    {
        if (value < Steps)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2(value) - StepBits;
        return ((shift + 1) << StepBits) + (int)(value >> shift) - Steps;
    }

    private static long UpperEnd(int step)
    {
        var shift = (step >> StepBits) - 1;
        return shift < 0 ? step : (((step & (Steps - 1)) + Steps + 1L) << shift) - 1;
    }
}
