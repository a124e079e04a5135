using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp.DataChannels;

/// <summary>What the association's events mean for the channels.</summary>
internal sealed partial class DataChannelSet
{
    private PacketFault HandleEvents(MonotonicTime now)
    {
        var first = PacketFault.None;
        while (association.TryTakeEvent(out var taken))
        {
            var fault = HandleEvent(taken, now);
            first = first == PacketFault.None ? fault : first;
        }

        return first;
    }

    private PacketFault HandleEvent(in SctpEvent taken, MonotonicTime now)
    {
        switch (taken.Kind)
        {
            case SctpEventKind.Message:
                var fault = HandleMessage(taken, now, out var isKept);
                if (!isKept)
                {
                    association.Return(taken);
                }

                return fault;
            case SctpEventKind.Up:
                HandleUp();
                break;
            case SctpEventKind.Restarted:
                CloseAll();
                _events.Enqueue(new(DataChannelEventKind.AssociationUp));
                break;
            case SctpEventKind.Lost:
                _channels.Clear();
                _events.Enqueue(new(DataChannelEventKind.AssociationLost, Reason: taken.Reason));
                break;
            case SctpEventKind.IncomingReset:
                HandleIncomingReset(taken.StreamId);
                break;
            case SctpEventKind.AllIncomingReset:
                foreach (var streamId in _channels.Keys.ToArray())
                {
                    HandleIncomingReset(streamId);
                }

                break;
            case SctpEventKind.OutgoingReset when _channels.TryGetValue(taken.StreamId, out var channel):
                channel.IsOutgoingReset = true;
                FinishClosing(channel);
                break;
            case SctpEventKind.OutgoingReset:
            default:
                break;
        }

        return PacketFault.None;
    }

    private void HandleUp()
    {
        _events.Enqueue(new(DataChannelEventKind.AssociationUp));
        foreach (var channel in _channels.Values.ToArray())
        {
            if (channel.StreamId >= association.OutboundStreams)
            {
                Remove(channel); // the peer allows fewer streams than we hoped for
            }
            else if (channel.IsNegotiated && channel.State == DataChannelState.Opening)
            {
                HandleOpened(channel);
            }
        }
    }

    private PacketFault HandleMessage(in SctpEvent message, MonotonicTime now, out bool isKept)
    {
        isKept = false;
        if (message.PayloadProtocolIdentifier == PayloadProtocol.Dcep)
        {
            return HandleControl(message, now);
        }

        if (!_channels.TryGetValue(message.StreamId, out var channel))
        {
            return PacketFault.DataChannelMalformed;
        }

        if (
            message.PayloadProtocolIdentifier
            is not (
                PayloadProtocol.Text
                or PayloadProtocol.Binary
                or PayloadProtocol.EmptyText
                or PayloadProtocol.EmptyBinary
            )
        )
        {
            return PacketFault.DataChannelMalformed;
        }

        if (channel.State == DataChannelState.Closing)
        {
            return PacketFault.None; // sent before the peer knew
        }

        HandleOpened(channel);
        _events.Enqueue(new(DataChannelEventKind.Message, message.StreamId, Message: message));
        isKept = true;
        return PacketFault.None;
    }

    private PacketFault HandleControl(in SctpEvent message, MonotonicTime now)
    {
        _ = _channels.TryGetValue(message.StreamId, out var channel);
        switch (message.Payload[0])
        {
            case DcepMessage.AckType when channel is not null:
                HandleOpened(channel);
                return PacketFault.None;
            case DcepMessage.OpenType:
                var fault = DcepMessage.TryParseOpen(message.Payload, out var parameters);
                if (fault == PacketFault.None && channel is null)
                {
                    return HandleOpen(message.StreamId, parameters, now);
                }

                // Malformed, or of a channel in use: both sides may have chosen its number. RFC 8832 section 6 closes it.
                Refuse(message.StreamId, now);
                return PacketFault.DataChannelMalformed;
            default:
                return PacketFault.DataChannelMalformed;
        }
    }

    private PacketFault HandleOpen(ushort streamId, DataChannelParameters parameters, MonotonicTime now)
    {
        if (_channels.Count >= maxChannels || SendControl(streamId, DcepMessage.Ack, now) != SendResult.Queued)
        {
            Refuse(streamId, now);
            return PacketFault.TooLarge;
        }

        var channel = new DataChannel(streamId, parameters, DataChannelState.Opening);
        Add(channel);
        HandleOpened(channel);
        return PacketFault.None;
    }

    private void HandleOpened(DataChannel channel)
    {
        if (channel.State == DataChannelState.Opening)
        {
            channel.State = DataChannelState.Open;
            _events.Enqueue(new(DataChannelEventKind.Opened, channel.StreamId, channel.Parameters));
        }
    }

    private void Refuse(ushort streamId, MonotonicTime now)
    {
        if (_channels.ContainsKey(streamId))
        {
            Close(streamId, now);
        }
        else
        {
            association.ResetStream(streamId);
        }
    }

    /// <summary>RFC 8831 section 6.7: whoever sees one direction reset, resets the other.</summary>
    private void HandleIncomingReset(ushort streamId)
    {
        if (!_channels.TryGetValue(streamId, out var channel))
        {
            return;
        }

        channel.IsIncomingReset = true;
        if (channel.State != DataChannelState.Closing)
        {
            channel.State = DataChannelState.Closing;
            association.ResetStream(streamId);
        }

        FinishClosing(channel);
    }

    private void FinishClosing(DataChannel channel)
    {
        if (channel.IsOutgoingReset && (channel.IsIncomingReset || !association.PeerCanReset))
        {
            Remove(channel);
        }
    }

    private void CloseAll()
    {
        foreach (var channel in _channels.Values.ToArray())
        {
            Remove(channel);
        }
    }

    private void Remove(DataChannel channel)
    {
        _ = _channels.Remove(channel.StreamId);
        _events.Enqueue(new(DataChannelEventKind.Closed, channel.StreamId));
    }
}
