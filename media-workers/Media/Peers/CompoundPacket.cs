using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;

namespace EventMeet.Media.Peers;

/// <summary>One compound RTCP packet that is being written where it will leave.</summary>
internal ref struct CompoundPacket
{
    // Below what every path takes whole.
    private const int MaxLength = 1200;

    private readonly Outlet _outlet;
    private readonly Span<byte> _datagram;

    /// <summary>Appends packets; one that finds no room in the yard takes none.</summary>
    public RtcpWriter Writer;

    /// <summary>Starts a compound packet. Nothing else may be written into the outlet before it is sent.</summary>
    public CompoundPacket(Outlet outlet, TrainYard yard, int maxLength = MaxLength)
    {
        _outlet = outlet;
        var hasRoom = yard.TryReserve(outlet.Train, out _datagram);
        Writer = new RtcpWriter(hasRoom ? _datagram[..maxLength] : []);
    }

    /// <summary>Seals it and leaves it in the train; an empty one leaves no trace.</summary>
    public readonly void Send()
    {
        if (Writer.Length > 0 && _outlet.Sender is { } sender)
        {
            TrainYard.Commit(_outlet.Train, sender.ProtectRtcp(_datagram, Writer.Length));
        }
    }
}
