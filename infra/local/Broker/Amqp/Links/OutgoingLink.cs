using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>A link over which the client receives: counts its credit (AMQP 1.0 section 2.6.7).</summary>
internal abstract class OutgoingLink(AmqpSession session, Attach attach) : AmqpLink(session, attach)
{
    private readonly bool _settles = attach.SenderSettleMode == 1;
    private uint _deliveryCount;
    private uint _credit;
    private bool _attached;

    internal bool Settles => _settles;

    protected bool CanSend => _attached && !IsDetached && _credit > 0 && Session.CanSend;

    internal override void HandleFlow(in Flow flow)
    {
        if (IsDetached)
        {
            return;
        }

        // The client counts from what it has seen of ours; what is still on its way to it has used credit already.
        var limit = (flow.DeliveryCount ?? 0) + (flow.LinkCredit ?? 0);
        var credit = limit - _deliveryCount;
        _credit = credit > int.MaxValue ? 0 : credit;
        Fill();
        if (flow.Drain && _attached && !IsDetached)
        {
            // Nothing more to send: the credit is used up unsent. Some clients take only an answer that says drain.
            _deliveryCount += _credit;
            _credit = 0;
            Session.WriteFlow(Handle, _deliveryCount, 0, drain: true);
        }
        else if (flow.Echo && _attached)
        {
            Session.WriteFlow(Handle, _deliveryCount, _credit, drain: false);
        }
    }

    internal override void Resume() => Fill();

    /// <summary>The client has settled a delivery, or says what is to become of it.</summary>
    internal abstract void HandleOutcome(uint deliveryId, OutgoingDelivery delivery, Described? state, bool settled);

    /// <summary>Sends what there is, as long as <see cref="CanSend"/>.</summary>
    protected abstract void Fill();

    protected void WriteAttach(Attach answer)
    {
        Session.Write(answer);
        _attached = true;
    }

    protected void Send(ReadOnlySpan<byte> message, byte[] deliveryTag, OutgoingDelivery? delivery)
    {
        _credit--;
        _deliveryCount++;
        Session.Send(this, deliveryTag, message, delivery);
    }
}
