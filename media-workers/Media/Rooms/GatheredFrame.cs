using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// The packets of one layer's picture that have come and wait for its last one, so that each subscriber gets them as one
/// train. Costs no time: a picture cannot be shown before its last packet is there. A layer whose packets the network
/// spreads in time is not gathered.
/// </summary>
internal sealed class GatheredFrame
{
    /// <summary>No more packets than this: 24 of 1200 bytes are what a train can hold. A larger picture leaves in several.</summary>
    public const int Capacity = 24;

    // So many packets in a row that waited for nobody say that waiting is no use here; it is tried again later.
    private const int LonelyLimit = 3;
    private const int BypassLength = 256; // packets

    private Packet[] _packets = [];
    private int _lonely;
    private int _bypass;

    /// <summary>Gets the packets that wait, in the order of their arrival.</summary>
    public ReadOnlySpan<Packet> Packets => _packets.AsSpan(0, Count);

    /// <summary>Gets how many packets wait.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the longest payload among them, in bytes.</summary>
    public int LongestPayload { get; private set; }

    /// <summary>Gets when they have waited long enough; meaningless while none waits.</summary>
    public MonotonicTime EndsAt { get; private set; }

    /// <summary>Gets or sets a value indicating whether the forwarder will look at it when the time is up.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Is it worth waiting for more after this packet?</summary>
    /// <param name="isLast">The packet ends its picture.</param>
    public bool Wants(bool isLast)
    {
        if (_bypass > 0)
        {
            _bypass--;
            return false;
        }

        return Count > 0 || !isLast;
    }

    /// <summary>Adds a packet.</summary>
    /// <param name="packet">What is needed to find it again.</param>
    /// <param name="payloadLength">Of it, in bytes.</param>
    /// <param name="endsAt">If it is the first: when they have waited long enough.</param>
    /// <returns>True when no more fit.</returns>
    public bool Add(Packet packet, int payloadLength, MonotonicTime endsAt)
    {
        if (_packets.Length == 0)
        {
            _packets = new Packet[Capacity];
        }

        EndsAt = Count == 0 ? endsAt : EndsAt;
        _packets[Count++] = packet;
        LongestPayload = Math.Max(LongestPayload, payloadLength);
        return Count == Capacity;
    }

    /// <summary>They leave.</summary>
    /// <param name="timeIsUp">Not because the picture is whole.</param>
    public void Clear(bool timeIsUp)
    {
        _lonely = timeIsUp && Count == 1 ? _lonely + 1 : 0;
        if (_lonely == LonelyLimit)
        {
            (_lonely, _bypass) = (0, BypassLength);
        }

        (Count, LongestPayload) = (0, 0);
    }

    /// <summary>A packet that waits; it lies in the layer's cache.</summary>
    /// <param name="Index">Its unwrapped sequence number.</param>
    /// <param name="IsKeyFrame">A slot may switch to the layer here.</param>
    public readonly record struct Packet(PacketIndex Index, bool IsKeyFrame);
}
