namespace EventMeet.Media.Sctp;

/// <summary>A transmission sequence number: 32 bits that wrap, compared as RFC 9260 section 1.6 says.</summary>
/// <param name="Value">As on the wire.</param>
internal readonly record struct Tsn(uint Value)
{
    /// <summary>Gets the number after this one.</summary>
    public Tsn Next => new(Value + 1);

    /// <summary>Gets the number before this one.</summary>
    public Tsn Previous => new(Value - 1);

    /// <summary>Is <paramref name="left"/> before <paramref name="right"/>?</summary>
    public static bool operator <(Tsn left, Tsn right) => left.DistanceFrom(right) < 0;

    /// <summary>Is <paramref name="left"/> after <paramref name="right"/>?</summary>
    public static bool operator >(Tsn left, Tsn right) => left.DistanceFrom(right) > 0;

    /// <summary>Is <paramref name="left"/> not after <paramref name="right"/>?</summary>
    public static bool operator <=(Tsn left, Tsn right) => left.DistanceFrom(right) <= 0;

    /// <summary>Is <paramref name="left"/> not before <paramref name="right"/>?</summary>
    public static bool operator >=(Tsn left, Tsn right) => left.DistanceFrom(right) >= 0;

    /// <summary>How far this one is ahead of the other; negative when it is behind.</summary>
    public int DistanceFrom(Tsn other) => unchecked((int)(Value - other.Value));

    /// <summary>This number moved on by so many, around the wrap.</summary>
    public Tsn Plus(int count) => new(unchecked(Value + (uint)count));
}
