namespace EventMeet.Media.Values;

/// <summary>A 16-bit RTP sequence number, which wraps (RFC 3550 section 5.1). Compare with <see cref="IsNewerThan"/>.</summary>
/// <param name="Value">As on the wire.</param>
public readonly record struct SequenceNumber(ushort Value)
{
    /// <summary>The number after this one, around the wrap.</summary>
    public SequenceNumber Next => new((ushort)(Value + 1));

    /// <summary>Is this one ahead of the other by less than half the circle?</summary>
    public bool IsNewerThan(SequenceNumber other) => (short)(Value - other.Value) > 0;

    /// <summary>How far this one is ahead of the other, -32768 to 32767.</summary>
    public int DistanceFrom(SequenceNumber other) => (short)(Value - other.Value);

    /// <summary>This number moved on by so many, around the wrap.</summary>
    public SequenceNumber Plus(int count) => new((ushort)(Value + count));
}
