using EventMeet.Broker.Amqp.Links;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/// <summary>A session (AMQP 1.0 section 2.5): the windows, the links, and the deliveries that are not settled.</summary>
internal sealed class AmqpSession
{
    private const uint IncomingWindow = 2048;

    // What a transfer's performative may take of a frame, the tag included.
    private const int TransferOverhead = 128;

    private readonly AmqpConnection _connection;
    private readonly Dictionary<uint, AmqpLink> _links = [];
    private readonly Dictionary<uint, OutgoingDelivery> _unsettled = [];
    private readonly Queue<byte[]> _blocked = new();
    private readonly DispositionRange _received;
    private readonly DispositionRange _sent;
    private uint _nextIncomingId;
    private uint _incomingWindow = IncomingWindow;
    private uint _nextOutgoingId;
    private uint _remoteIncomingWindow;
    private uint _nextDeliveryId;
    private bool _ended;

    internal AmqpSession(AmqpConnection connection, ushort channel, Begin begin)
    {
        _connection = connection;
        Channel = channel;
        _nextIncomingId = begin.NextOutgoingId;
        _remoteIncomingWindow = begin.IncomingWindow;
        _received = new DispositionRange(isReceiver: true, this);
        _sent = new DispositionRange(isReceiver: false, this);
    }

    internal ushort Channel { get; }

    internal AmqpConnection Connection => _connection;

    internal BrokerCore Broker => _connection.Broker;

    /// <summary>Gets a value indicating whether a message can be sent now.</summary>
    internal bool CanSend =>
        !_ended
        && _remoteIncomingWindow > 0
        && _blocked.Count == 0
        && !_connection.IsCongested
        && _unsettled.Count < Broker.Limits.MaxUnsettled;

    internal void WriteBegin()
    {
        var frame = _connection.BeginFrame(0, Channel);
        new Begin(Channel, _nextOutgoingId, IncomingWindow, uint.MaxValue, (uint)Broker.Limits.MaxLinks - 1).Write(
            _connection.Writer
        );
        _connection.EndFrame(frame);
    }

    /// <summary>Takes a performative of this session. False when it cannot be read.</summary>
    internal bool TryHandle(ulong descriptor, ReadOnlySpan<byte> fields)
    {
        var reader = new AmqpReader(fields);
        switch (descriptor)
        {
            case Descriptors.Attach when Attach.TryRead(reader, out var attach):
                HandleAttach(attach);
                return true;
            case Descriptors.Flow when Flow.TryRead(reader, out var flow):
                HandleFlow(flow);
                return true;
            case Descriptors.Transfer when Transfer.TryRead(reader, out var transfer, out var end):
                HandleTransfer(transfer, fields[end..]);
                return true;
            case Descriptors.Disposition when Disposition.TryRead(reader, out var disposition):
                HandleDisposition(disposition);
                return true;
            case Descriptors.Detach when Detach.TryRead(reader, out var detach):
                HandleDetach(detach);
                return true;
            case Descriptors.End:
                End(null);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The client reads again, or its window is open: goes on where sending stopped.</summary>
    internal void Resume()
    {
        while (_blocked.Count > 0 && _remoteIncomingWindow > 0 && !_connection.IsCongested)
        {
            WriteTransferFrame(_blocked.Dequeue());
        }

        if (CanSend)
        {
            foreach (var link in _links.Values.ToList())
            {
                link.Resume();
            }
        }
    }

    /// <summary>Ends the links whose token has ended.</summary>
    internal void EndUnauthorized(DateTimeOffset now)
    {
        foreach (var link in _links.Values)
        {
            if (!link.IsDetached && link.Address is { } address && !_connection.Authorization.Allows(address, now))
            {
                link.Detach(new AmqpError(AmqpError.Unauthorized, "The token has expired."));
            }
        }
    }

    /// <summary>The session or its connection is over.</summary>
    internal void HandleEnded(bool disconnected)
    {
        _ended = true;
        foreach (var link in _links.Values)
        {
            link.End(disconnected);
        }

        _connection.LinkCount -= _links.Count;
        _links.Clear();
        _unsettled.Clear();
        _blocked.Clear();
    }

    /// <summary>Sends a message, in as many frames as it takes; those that the client's window does not let pass wait.</summary>
    internal uint Send(OutgoingLink link, byte[] deliveryTag, ReadOnlySpan<byte> message, OutgoingDelivery? delivery)
    {
        var deliveryId = _nextDeliveryId++;
        if (delivery is not null)
        {
            _unsettled.Add(deliveryId, delivery);
        }

        var chunk = Math.Max(_connection.RemoteMaxFrame - TransferOverhead, 64);
        var first = true;
        do
        {
            var part = message[..Math.Min(chunk, message.Length)];
            message = message[part.Length..];
            var transfer = new Transfer(
                link.Handle,
                first ? deliveryId : null,
                first ? deliveryTag : null,
                first ? 0u : null,
                Settled: delivery is null,
                More: !message.IsEmpty,
                Aborted: false
            );
            WriteTransfer(transfer, part);
            first = false;
        } while (!message.IsEmpty);
        return deliveryId;
    }

    /// <summary>Settles a delivery that was sent, in answer to the client's outcome.</summary>
    internal void SettleSent(uint deliveryId, Described? state)
    {
        if (_ended)
        {
            return;
        }

        if (state is null)
        {
            _sent.Add(deliveryId);
            _connection.Touch();
        }
        else
        {
            _sent.Flush();
            Write(new Disposition(IsReceiver: false, deliveryId, deliveryId, Settled: true, state));
        }
    }

    /// <summary>Settles a delivery that came in: accepted, or rejected with an error.</summary>
    internal void SettleReceived(uint deliveryId, AmqpError? error)
    {
        if (_ended)
        {
            return;
        }

        if (error is null)
        {
            _received.Add(deliveryId);
            _connection.Touch();
        }
        else
        {
            _received.Flush();
            Write(new Disposition(IsReceiver: true, deliveryId, deliveryId, Settled: true, Outcomes.Rejected(error)));
        }
    }

    internal void FlushDispositions()
    {
        if (!_ended)
        {
            _received.Flush();
            _sent.Flush();
        }
    }

    internal void Write(Disposition disposition)
    {
        var frame = _connection.BeginFrame(0, Channel);
        disposition.Write(_connection.Writer);
        _connection.EndFrame(frame);
    }

    internal void Write(Attach attach)
    {
        var frame = _connection.BeginFrame(0, Channel);
        attach.Write(_connection.Writer);
        _connection.EndFrame(frame);
    }

    internal void Write(Detach detach)
    {
        FlushDispositions();
        var frame = _connection.BeginFrame(0, Channel);
        detach.Write(_connection.Writer);
        _connection.EndFrame(frame);
    }

    /// <summary>Writes where the session stands and, for a link, its credit.</summary>
    internal void WriteFlow(uint? handle, uint? deliveryCount, uint? credit, bool drain)
    {
        _incomingWindow = IncomingWindow;
        var frame = _connection.BeginFrame(0, Channel);
        new Flow(
            _nextIncomingId,
            _incomingWindow,
            _nextOutgoingId,
            uint.MaxValue,
            handle,
            deliveryCount,
            credit,
            drain,
            Echo: false
        ).Write(_connection.Writer);
        _connection.EndFrame(frame);
    }

    private void HandleAttach(Attach attach)
    {
        if (_links.ContainsKey(attach.Handle))
        {
            End(new AmqpError(AmqpError.HandleInUse, "The handle is in use."));
            return;
        }

        if (_connection.LinkCount >= Broker.Limits.MaxLinks)
        {
            End(new AmqpError(AmqpError.LimitExceeded, $"More than {Broker.Limits.MaxLinks} links."));
            return;
        }

        _connection.LinkCount++;
        var link = LinkFactory.Create(this, attach);
        _links.Add(attach.Handle, link);
        link.Attach(attach);
    }

    private void HandleFlow(in Flow flow)
    {
        // Before our begin has reached the client it does not know our ids; they start at 0.
        var open = (flow.NextIncomingId ?? 0) + flow.IncomingWindow - _nextOutgoingId;
        _remoteIncomingWindow = open <= int.MaxValue ? open : WindowBeyondRange(flow.IncomingWindow);
        if (flow.Handle is { } handle)
        {
            if (!_links.TryGetValue(handle, out var link))
            {
                End(new AmqpError(AmqpError.UnattachedHandle, "A flow for no link."));
                return;
            }

            link.HandleFlow(flow);
        }

        Resume();
        if (flow.Echo && flow.Handle is null)
        {
            WriteFlow(null, null, null, drain: false);
        }
    }

    /// <summary>More than half the number space: a client without a limit, or one that has overtaken itself.</summary>
    private static uint WindowBeyondRange(uint announced) => announced > int.MaxValue ? int.MaxValue : 0u;

    private void HandleTransfer(in Transfer transfer, ReadOnlySpan<byte> payload)
    {
        if (_incomingWindow == 0 || !_links.TryGetValue(transfer.Handle, out var link))
        {
            End(new AmqpError(AmqpError.WindowViolation, "A transfer beyond the window, or for no link."));
            return;
        }

        _nextIncomingId++;
        _incomingWindow--;
        if (_incomingWindow < IncomingWindow / 2)
        {
            WriteFlow(null, null, null, drain: false);
        }

        if (link is IncomingLink incoming)
        {
            incoming.HandleTransfer(transfer, payload);
        }
        else
        {
            link.Detach(new AmqpError(AmqpError.NotAllowed, "A transfer to a link that sends."));
        }
    }

    private void HandleDisposition(in Disposition disposition)
    {
        if (!disposition.IsReceiver)
        {
            // What came in is settled by us alone, and is then.
            return;
        }

        var count = disposition.Last - disposition.First;
        if (count < (uint)_unsettled.Count)
        {
            for (var i = 0u; i <= count; i++)
            {
                HandleDisposition(disposition.First + i, disposition);
            }
        }
        else
        {
            var first = disposition.First;
            foreach (var deliveryId in _unsettled.Keys.Where(id => id - first <= count).Order().ToList())
            {
                HandleDisposition(deliveryId, disposition);
            }
        }
    }

    private void HandleDisposition(uint deliveryId, in Disposition disposition)
    {
        if (!_unsettled.TryGetValue(deliveryId, out var delivery))
        {
            return;
        }

        var final = disposition.State is not null && Descriptors.Of(disposition.State) != Descriptors.Received;
        if (!final && !disposition.Settled)
        {
            return;
        }

        var full = _unsettled.Count >= Broker.Limits.MaxUnsettled;
        _unsettled.Remove(deliveryId);
        delivery.Link.HandleOutcome(deliveryId, delivery, disposition.State, disposition.Settled);
        if (full)
        {
            Resume();
        }
    }

    private void HandleDetach(Detach detach)
    {
        if (!_links.Remove(detach.Handle, out var link))
        {
            End(new AmqpError(AmqpError.UnattachedHandle, "A detach for no link."));
            return;
        }

        _connection.LinkCount--;
        link.HandleDetach();
        foreach (
            var deliveryId in _unsettled.Where(entry => entry.Value.Link == link).Select(entry => entry.Key).ToList()
        )
        {
            _unsettled.Remove(deliveryId);
        }
    }

    private void End(AmqpError? error)
    {
        FlushDispositions();
        var frame = _connection.BeginFrame(0, Channel);
        _connection.Writer.BeginList(Descriptors.End);
        _connection.Writer.Value(error?.ToValue());
        _connection.Writer.EndList();
        _connection.EndFrame(frame);
        HandleEnded(disconnected: false);
        _connection.Remove(this);
        if (error is not null)
        {
            // The client's own end would find no session: an error here is a client that does not keep to the protocol.
            _connection.Fail(error.Condition, error.Description ?? "");
        }
    }

    private void WriteTransfer(in Transfer transfer, ReadOnlySpan<byte> part)
    {
        var start = _connection.BeginFrame(0, Channel);
        transfer.Write(_connection.Writer);
        _connection.Output.Write(part);
        _connection.EndFrame(start);
        if (_remoteIncomingWindow > 0 && _blocked.Count == 0)
        {
            Count();
            return;
        }

        // It does not fit the window: takes it out again until it does.
        _blocked.Enqueue(_connection.Output.Written[start..].ToArray());
        _connection.Output.Truncate(start);
    }

    private void WriteTransferFrame(byte[] frame)
    {
        _connection.Output.Write(frame);
        Count();
    }

    private void Count()
    {
        _nextOutgoingId++;
        _remoteIncomingWindow--;
    }
}
