using EventMeet.Media.Values;

namespace EventMeet.Media.Links;

/// <summary>
/// The way from one engine to another of the same worker. What is put in comes out at the other end in the same order, unless it
/// was refused. How it gets there, and how the other engine's thread is woken, is the owner's business.
/// </summary>
public interface ILinkOutlet
{
    /// <summary>Finds room for a packet, to be filled and committed before anything else is sent.</summary>
    /// <param name="packet">Where to write; as long as the longest datagram.</param>
    /// <returns>False when the other engine lags behind: the packet is lost.</returns>
    bool TryReserve(out Span<byte> packet);

    /// <summary>Sends the packet that was written where <see cref="TryReserve"/> said.</summary>
    /// <param name="layer">What the sending engine calls the layer.</param>
    /// <param name="index">The packet's unwrapped sequence number.</param>
    /// <param name="length">In bytes.</param>
    void Commit(int layer, PacketIndex index, int length);

    /// <summary>Sends a message. Messages find room when packets do not any more.</summary>
    /// <returns>False when not even that is left: try again later.</returns>
    bool TrySend(LinkMessage message);
}
