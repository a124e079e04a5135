namespace EventMeet.Media.Values;

/// <summary>
/// A sequence number that does not wrap: rollover counter times 65536 plus the number on the wire (RFC 3711 section
/// 3.3.1, 48 bits).
/// </summary>
/// <param name="Value">Never negative.</param>
public readonly record struct PacketIndex(long Value) : IComparable<PacketIndex>
{
    /// <summary>Gets the number on the wire.</summary>
    public SequenceNumber SequenceNumber => new((ushort)Value);

    /// <summary>Gets the rollover counter.</summary>
    public uint RolloverCounter => (uint)(Value >> 16);

    /// <summary>Is <paramref name="left"/> before <paramref name="right"/>?</summary>
    public static bool operator <(PacketIndex left, PacketIndex right) => left.Value < right.Value;

    /// <summary>Is <paramref name="left"/> after <paramref name="right"/>?</summary>
    public static bool operator >(PacketIndex left, PacketIndex right) => left.Value > right.Value;

    /// <summary>Is <paramref name="left"/> not after <paramref name="right"/>?</summary>
    public static bool operator <=(PacketIndex left, PacketIndex right) => left.Value <= right.Value;

    /// <summary>Is <paramref name="left"/> not before <paramref name="right"/>?</summary>
    public static bool operator >=(PacketIndex left, PacketIndex right) => left.Value >= right.Value;

    /// <summary>The index nearest to this one whose low 16 bits are the given number; never negative.</summary>
    /// <param name="number">What a packet carries.</param>
    public PacketIndex Unwrap(SequenceNumber number)
    {
        var candidate = Value + number.DistanceFrom(SequenceNumber);
        return new(candidate < 0 ? candidate + 0x10000 : candidate);
    }

    /// <inheritdoc/>
    public int CompareTo(PacketIndex other) => Value.CompareTo(other.Value);
}
