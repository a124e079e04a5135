using EventMeet.Broker.Amqp.Nodes;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>A link over which the client sends: puts transfers together and keeps the client in credit.</summary>
internal sealed class IncomingLink(AmqpSession session, Attach attach, string address, IMessageTarget target)
    : AmqpLink(session, attach)
{
    // The batch format of Service Bus: every data section is a message of its own.
    internal const uint BatchFormat = 0x80013700;

    private readonly GrowingBuffer _message = new(1024);
    private uint _deliveryCount = attach.InitialDeliveryCount;
    private uint _credit;
    private uint _underWay;
    private uint _deliveryId;
    private uint _format;
    private bool _settled;
    private bool _assembling;
    private bool _oversize;

    internal override string? Address => target.NeedsToken ? address : null;

    private uint MaxCredit => (uint)Broker.Limits.SendCredit;

    private int Limit => _format == BatchFormat ? Broker.Limits.MaxBatchBytes : Broker.Limits.MaxMessageBytes;

    internal override void Attach(Attach attach)
    {
        Session.Write(Answer(attach, attach.Source));
        GiveCredit();
    }

    internal override void HandleFlow(in Flow flow)
    {
        if (flow.Echo && !IsDetached)
        {
            Session.WriteFlow(Handle, _deliveryCount, _credit, drain: false);
        }
    }

    internal override void End(bool disconnected) => _message.Clear();

    internal void HandleTransfer(in Transfer transfer, ReadOnlySpan<byte> payload)
    {
        if (IsDetached || !TryBegin(transfer))
        {
            return;
        }

        if (transfer.Aborted)
        {
            _assembling = false;
            _message.Clear();
            return;
        }

        // One that is too large is taken to its end and thrown away: the link, and what else is on it, goes on.
        _oversize |= _message.Length + payload.Length > Limit;
        if (!_oversize)
        {
            _message.Write(payload);
        }

        _settled |= transfer.Settled;
        if (!transfer.More)
        {
            Finish();
        }
    }

    /// <summary>What became of a message; told to the client unless it had settled it already.</summary>
    internal void Settle(IncomingMessage message, AmqpError? error)
    {
        _underWay--;
        if (IsDetached)
        {
            return;
        }

        if (!message.Settled)
        {
            Session.SettleReceived(message.DeliveryId, error);
        }

        GiveCredit();
    }

    private bool TryBegin(in Transfer transfer)
    {
        if (_assembling)
        {
            var continues = transfer.DeliveryId is null || transfer.DeliveryId == _deliveryId;
            if (!continues)
            {
                Detach(new AmqpError(AmqpError.NotAllowed, "A message that begins before another has ended."));
            }

            return continues;
        }

        if (_credit == 0 || transfer.DeliveryId is null)
        {
            Detach(new AmqpError(AmqpError.TransferLimitExceeded, "A transfer without credit, or without an id."));
            return false;
        }

        _assembling = true;
        _credit--;
        _deliveryCount++;
        _deliveryId = transfer.DeliveryId.Value;
        _format = transfer.MessageFormat ?? 0;
        _settled = false;
        _oversize = false;
        return true;
    }

    private void Finish()
    {
        _assembling = false;
        _underWay++;
        var message = new IncomingMessage(_deliveryId, _settled, _format);
        if (_oversize)
        {
            Settle(message, new AmqpError(AmqpError.MessageSizeExceeded, $"The message is larger than {Limit} bytes."));
        }
        else
        {
            target.HandleMessage(this, message, _message.Written);
        }

        _message.Clear();
    }

    /// <summary>Gives credit back in halves, so that not every message costs a flow frame.</summary>
    private void GiveCredit()
    {
        if (_credit + _underWay <= MaxCredit / 2)
        {
            _credit = MaxCredit - _underWay;
            Session.WriteFlow(Handle, _deliveryCount, _credit, drain: false);
        }
    }
}
