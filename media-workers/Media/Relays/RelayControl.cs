using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>One end of what carries a relay's messages: one data channel, over SCTP, in APP packets.</summary>
internal sealed class RelayControl
{
    private const ushort Stream = 0;

    private readonly DataChannelSet _channels;

    public RelayControl(bool isSender)
    {
        _channels = new DataChannelSet(new SctpAssociation(RelayProtocol.Sctp), evenStreams: isSender, maxChannels: 1);
        _ = _channels.TryUse(Stream, new DataChannelParameters());
    }

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout => _channels.NextTimeout.At;

    /// <summary>Gets a value indicating whether the association has ended, and no message will come or go any more.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Gets a value indicating whether everything said has been acknowledged.</summary>
    public bool IsSettled => _channels.IsSettled;

    /// <summary>The sending end begins.</summary>
    public void Connect(MonotonicTime now) => _channels.Connect(now);

    public PacketFault HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now) =>
        _channels.HandlePacket(packet, now);

    public void Advance(MonotonicTime now) => _channels.Advance(now);

    /// <summary>Says something.</summary>
    /// <returns>False when too much waits already.</returns>
    public bool Send(RelayMessage message, MonotonicTime now) =>
        _channels.Send(Stream, isText: true, RelayMessages.Write(message), now) is SendResult.Queued;

    /// <summary>Moves what is to be sent into the outlet.</summary>
    /// <param name="outlet">Where it leaves.</param>
    /// <param name="ssrc">This end's own.</param>
    /// <param name="yard">Where it waits.</param>
    /// <param name="now">Now.</param>
    public void Drain(Outlet outlet, uint ssrc, TrainYard yard, MonotonicTime now)
    {
        Span<byte> packet = stackalloc byte[RelayProtocol.Sctp.Mtu];
        while (_channels.TryTakePacket(packet, now, out var length))
        {
            var compound = new CompoundPacket(outlet, yard);
            _ = compound.Writer.TryWriteReceiverReport(ssrc, []);
            _ = compound.Writer.TryWriteApplication(ssrc, RelayProtocol.SctpName, packet[..length]);
            compound.Send();
        }
    }

    /// <summary>Takes the next message. Call until false after every input.</summary>
    /// <param name="message">The message; null when it was malformed or is not known.</param>
    /// <param name="fault">What was wrong with it.</param>
    public bool TryTakeMessage(out RelayMessage? message, out PacketFault fault)
    {
        (message, fault) = (null, PacketFault.None);
        while (_channels.TryTakeEvent(out var taken))
        {
            switch (taken.Kind)
            {
                case DataChannelEventKind.Message:
                    fault = RelayMessages.TryRead(taken.Payload, out message);
                    return true;
                case DataChannelEventKind.AssociationLost:
                case DataChannelEventKind.Closed:
                    IsLost = true;
                    break;
                default:
                    break;
            }
        }

        return false;
    }
}
