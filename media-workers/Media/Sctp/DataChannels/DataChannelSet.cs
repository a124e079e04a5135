using System.Text;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp.DataChannels;

/// <summary>
/// The data channels of one peer (RFC 8831, RFC 8832) on top of its association. After each call that takes something in,
/// take events until there are none, then packets until there are none.
/// </summary>
/// <param name="association">Driven by this object alone from now on.</param>
/// <param name="evenStreams">True for the DTLS client, false for the DTLS server (RFC 8832 section 6).</param>
/// <param name="maxChannels">More than this are refused, ours and the peer's together.</param>
internal sealed partial class DataChannelSet(SctpAssociation association, bool evenStreams, int maxChannels = 32)
{
    private readonly Dictionary<ushort, DataChannel> _channels = new(1);
    private readonly Queue<Pending> _events = new(2);
    private SctpEvent _taken;

    /// <summary>Gets where the association is in its life.</summary>
    public SctpState State => association.State;

    /// <summary>Gets what the association counts.</summary>
    public SctpCounters Counters => association.Counters;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public Deadline NextTimeout => association.NextTimeout;

    /// <summary>Gets a value indicating whether everything sent has been acknowledged.</summary>
    public bool IsSettled => association.Sender.IsEmpty;

    /// <summary>Gets how many channels there are.</summary>
    public int Count => _channels.Count;

    /// <summary>Begins the association as client. A server just waits.</summary>
    public void Connect(MonotonicTime now) => association.Connect(now);

    /// <summary>Takes in a packet that DTLS has decrypted.</summary>
    public PacketFault HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        var fault = association.HandlePacket(packet, now);
        var second = HandleEvents(now);
        return fault != PacketFault.None ? fault : second;
    }

    /// <summary>Time has passed.</summary>
    public void Advance(MonotonicTime now)
    {
        association.Advance(now);
        _ = HandleEvents(now);
    }

    /// <summary>Takes the next packet to hand to DTLS; see <see cref="SctpAssociation.TryTakePacket"/>.</summary>
    public bool TryTakePacket(Span<byte> destination, MonotonicTime now, out int length)
    {
        var taken = association.TryTakePacket(destination, now, out length);
        if (!taken)
        {
            _ = HandleEvents(now); // a stream may have been closed without asking the peer
        }

        return taken;
    }

    /// <summary>Ends the association at once.</summary>
    public void Abort(MonotonicTime now)
    {
        association.Abort();
        _ = HandleEvents(now);
    }

    /// <summary>Ends the association after everything sent so far is acknowledged.</summary>
    public void Shutdown(MonotonicTime now)
    {
        association.Shutdown(now);
        _ = HandleEvents(now);
    }

    /// <summary>Opens a channel. Messages may be sent on it at once, even before the association is established.</summary>
    /// <returns>False when there are too many channels, or the association has ended.</returns>
    public bool TryOpen(DataChannelParameters parameters, MonotonicTime now, out ushort streamId)
    {
        CheckNames(parameters);
        if (!TryFindStream(out streamId))
        {
            return false;
        }

        Span<byte> open = stackalloc byte[DcepMessage.MaxOpenLength];
        var length = DcepMessage.WriteOpen(parameters, open);
        if (SendControl(streamId, open[..length], now) != SendResult.Queued)
        {
            return false;
        }

        Add(new(streamId, parameters, DataChannelState.Opening));
        return true;
    }

    /// <summary>
    /// Takes a channel into use on whose number and parameters both sides agreed beforehand (<c>negotiated: true</c>): no
    /// DCEP is spoken. <see cref="DataChannelEventKind.Opened"/> follows once the association is established.
    /// </summary>
    /// <returns>False when the number is in use, or there are too many channels.</returns>
    public bool TryUse(ushort streamId, DataChannelParameters parameters)
    {
        if (
            _channels.ContainsKey(streamId)
            || _channels.Count >= maxChannels
            || streamId >= association.OutboundStreams
        )
        {
            return false;
        }

        var channel = new DataChannel(streamId, parameters, DataChannelState.Opening) { IsNegotiated = true };
        Add(channel);
        if (association.State == SctpState.Established)
        {
            HandleOpened(channel);
        }

        return true;
    }

    /// <summary>Sends a message. Its bytes are copied.</summary>
    /// <param name="streamId">The channel.</param>
    /// <param name="isText">Text (UTF-8) or bytes?</param>
    /// <param name="message">May be empty.</param>
    /// <param name="now">Now; a limited lifetime begins.</param>
    public SendResult Send(ushort streamId, bool isText, ReadOnlySpan<byte> message, MonotonicTime now) =>
        TryDescribe(streamId, isText, message.IsEmpty, out var header)
            ? association.Send(header, message.IsEmpty ? [0] : message, now)
            : SendResult.Closed;

    /// <summary>Sends a message that is sent on other associations, too. Its bytes are not copied.</summary>
    /// <param name="streamId">The channel.</param>
    /// <param name="isText">Text (UTF-8) or bytes?</param>
    /// <param name="message">Not empty; nobody may change it any more.</param>
    /// <param name="now">Now; a limited lifetime begins.</param>
    public SendResult SendShared(ushort streamId, bool isText, byte[] message, MonotonicTime now) =>
        TryDescribe(streamId, isText, isEmpty: false, out var header)
            ? association.SendShared(header, message, now)
            : SendResult.Closed;

    /// <summary>How many bytes of a channel wait for their first transmission.</summary>
    public int BufferedAmount(ushort streamId) => association.BufferedAmount(streamId);

    /// <summary>Closes a channel after what was sent on it has arrived. <see cref="DataChannelEventKind.Closed"/> follows.</summary>
    public void Close(ushort streamId, MonotonicTime now)
    {
        if (_channels.TryGetValue(streamId, out var channel) && channel.State != DataChannelState.Closing)
        {
            channel.State = DataChannelState.Closing;
            association.ResetStream(streamId);
            _ = HandleEvents(now);
        }
    }

    /// <summary>Takes the next event.</summary>
    public bool TryTakeEvent(out DataChannelEvent taken)
    {
        if (_taken.Buffer is not null)
        {
            association.Return(_taken);
            _taken = default;
        }

        taken = default;
        if (!_events.TryDequeue(out var pending))
        {
            return false;
        }

        if (_events.Count == 0 && _events.Capacity > 64)
        {
            _events.TrimExcess(0); // an idle peer stays small
        }

        _taken = pending.Message;
        taken = pending.ToEvent();
        return true;
    }

    private bool TryDescribe(ushort streamId, bool isText, bool isEmpty, out SctpMessageHeader header)
    {
        header = default;
        if (!_channels.TryGetValue(streamId, out var channel) || channel.State == DataChannelState.Closing)
        {
            return false;
        }

        var protocol = (isText, isEmpty) switch
        {
            (true, false) => PayloadProtocol.Text,
            (false, false) => PayloadProtocol.Binary,
            (true, true) => PayloadProtocol.EmptyText,
            (false, true) => PayloadProtocol.EmptyBinary,
        };
        // Until the peer knows the channel, nothing may overtake DATA_CHANNEL_OPEN (RFC 8832 section 6).
        var unordered = !channel.Parameters.Ordered && (channel.State == DataChannelState.Open || channel.IsNegotiated);
        header = new SctpMessageHeader(
            streamId,
            protocol,
            unordered,
            channel.Parameters.MaxRetransmits,
            channel.Parameters.MaxPacketLifeTime
        );
        return true;
    }

    private static void CheckNames(DataChannelParameters parameters)
    {
        if (
            Encoding.UTF8.GetByteCount(parameters.Label) > DataChannelParameters.MaxNameLength
            || Encoding.UTF8.GetByteCount(parameters.Protocol) > DataChannelParameters.MaxNameLength
        )
        {
            throw new ArgumentException("Label or protocol is too long.", nameof(parameters));
        }
    }

    private bool TryFindStream(out ushort streamId)
    {
        streamId = (ushort)(evenStreams ? 0 : 1);
        if (_channels.Count >= maxChannels)
        {
            return false;
        }

        while (_channels.ContainsKey(streamId))
        {
            streamId += 2; // the cap on channels ends this long before the numbers do
        }

        return streamId < association.OutboundStreams;
    }

    private void Add(DataChannel channel)
    {
        _channels.Add(channel.StreamId, channel);
        association.SetWeight(channel.StreamId, channel.Parameters.Priority);
    }

    private SendResult SendControl(ushort streamId, ReadOnlySpan<byte> message, MonotonicTime now) =>
        association.Send(new(streamId, PayloadProtocol.Dcep), message, now, mustFit: false);

    /// <summary>An event that waits to be taken.</summary>
    private readonly record struct Pending(
        DataChannelEventKind Kind,
        ushort StreamId = 0,
        DataChannelParameters? Parameters = null,
        SctpEvent Message = default,
        SctpCloseReason Reason = SctpCloseReason.None
    )
    {
        public DataChannelEvent ToEvent() =>
            new()
            {
                Kind = Kind,
                StreamId = StreamId,
                Parameters = Parameters,
                IsText = Message.PayloadProtocolIdentifier is PayloadProtocol.Text or PayloadProtocol.EmptyText,
                Payload = Message.PayloadProtocolIdentifier is PayloadProtocol.Text or PayloadProtocol.Binary
                    ? Message.Payload
                    : default,
                Reason = Reason,
            };
    }
}
