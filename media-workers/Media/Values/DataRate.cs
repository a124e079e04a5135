namespace EventMeet.Media.Values;

/// <summary>Bits per second.</summary>
/// <param name="BitsPerSecond">Never negative.</param>
public readonly record struct DataRate(long BitsPerSecond) : IComparable<DataRate>
{
    /// <summary>Nothing at all.</summary>
    public static readonly DataRate Zero;

    /// <summary>Thousands of bits per second.</summary>
    public static DataRate FromKilobitsPerSecond(double value) => new((long)(value * 1000));

    /// <summary>Millions of bits per second.</summary>
    public static DataRate FromMegabitsPerSecond(double value) => new((long)(value * 1_000_000));

    /// <summary>Is <paramref name="left"/> less than <paramref name="right"/>?</summary>
    public static bool operator <(DataRate left, DataRate right) => left.BitsPerSecond < right.BitsPerSecond;

    /// <summary>Is <paramref name="left"/> more than <paramref name="right"/>?</summary>
    public static bool operator >(DataRate left, DataRate right) => left.BitsPerSecond > right.BitsPerSecond;

    /// <summary>Is <paramref name="left"/> at most <paramref name="right"/>?</summary>
    public static bool operator <=(DataRate left, DataRate right) => left.BitsPerSecond <= right.BitsPerSecond;

    /// <summary>Is <paramref name="left"/> at least <paramref name="right"/>?</summary>
    public static bool operator >=(DataRate left, DataRate right) => left.BitsPerSecond >= right.BitsPerSecond;

    /// <inheritdoc/>
    public int CompareTo(DataRate other) => BitsPerSecond.CompareTo(other.BitsPerSecond);
}
