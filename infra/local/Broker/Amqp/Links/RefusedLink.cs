namespace EventMeet.Broker.Amqp.Links;

/// <summary>A link that was not granted, until the client has detached it.</summary>
internal sealed class RefusedLink(AmqpSession session, Attach attach, AmqpError error) : AmqpLink(session, attach)
{
    internal override void Attach(Attach attach) => Refuse(attach, error);

    internal override void HandleFlow(in Flow flow)
    {
        // Sent before the client knew.
    }

    internal override void End(bool disconnected)
    {
        // It holds nothing.
    }
}
