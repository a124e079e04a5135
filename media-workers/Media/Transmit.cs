using EventMeet.Media.Values;

namespace EventMeet.Media;

/// <summary>
/// A train: datagrams for one destination, one behind the other, all of one size except the last, which may be shorter.
/// Valid until a train of the next group is taken, and until the engine's next input.
/// </summary>
public readonly ref struct Transmit
{
    /// <summary>Initializes a new instance of the <see cref="Transmit"/> struct.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="data">The datagrams.</param>
    /// <param name="segmentSize">The size of each but the last, in bytes.</param>
    /// <param name="endsGroup">Whether it is the last of its group.</param>
    public Transmit(TransportAddress destination, ReadOnlySpan<byte> data, int segmentSize, bool endsGroup = true)
    {
        Destination = destination;
        Data = data;
        SegmentSize = segmentSize;
        EndsGroup = endsGroup;
    }

    /// <summary>Gets where to.</summary>
    public TransportAddress Destination { get; }

    /// <summary>Gets the datagrams.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Gets the size of each datagram but the last, in bytes.</summary>
    public int SegmentSize { get; }

    /// <summary>
    /// Gets a value indicating whether this train is the last of its group. All trains of a group stay valid until the first one
    /// of the next is taken, so they may be sent with one call.
    /// </summary>
    public bool EndsGroup { get; }
}
