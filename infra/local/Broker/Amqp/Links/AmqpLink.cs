using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>One end of a link (AMQP 1.0 section 2.6). Handles are chosen by the client and used by both sides.</summary>
internal abstract class AmqpLink(AmqpSession session, Attach attach)
{
    internal uint Handle { get; } = attach.Handle;

    internal string Name { get; } = attach.Name;

    internal AmqpSession Session { get; } = session;

    internal AmqpConnection Connection => Session.Connection;

    internal BrokerCore Broker => Session.Broker;

    /// <summary>Gets what a token must allow for this link to stay; null for none.</summary>
    internal virtual string? Address => null;

    /// <summary>Gets a value indicating whether this side has detached and waits for the client's detach.</summary>
    internal bool IsDetached { get; private set; }

    /// <summary>Answers the client's attach, now or later.</summary>
    internal abstract void Attach(Attach attach);

    internal abstract void HandleFlow(in Flow flow);

    /// <summary>There is room to send again.</summary>
    internal virtual void Resume() { }

    /// <summary>Lets go of what the link held.</summary>
    internal abstract void End(bool disconnected);

    /// <summary>The client has detached.</summary>
    internal void HandleDetach()
    {
        if (IsDetached)
        {
            return;
        }

        IsDetached = true;
        End(disconnected: false);
        Session.Write(new Detach(Handle, Closed: true, Error: null));
    }

    /// <summary>Detaches with an error; the handle stays taken until the client has detached too.</summary>
    internal void Detach(AmqpError error)
    {
        if (IsDetached)
        {
            return;
        }

        IsDetached = true;
        End(disconnected: false);
        Session.Write(new Detach(Handle, Closed: true, error));
    }

    /// <summary>Refuses the link: section 2.6.3, an attach without the terminus that is not there, then a detach that says why.</summary>
    internal void Refuse(Attach attach, AmqpError error)
    {
        Session.Write(
            new Attach(attach.Name, attach.Handle, !attach.IsReceiver)
            {
                SenderSettleMode = attach.SenderSettleMode,
                ReceiverSettleMode = attach.ReceiverSettleMode,
                Source = attach.IsReceiver ? null : attach.Source,
                Target = attach.IsReceiver ? attach.Target : null,
            }
        );
        Detach(error);
    }

    /// <summary>Makes the answer to an attach that is granted.</summary>
    protected Attach Answer(Attach attach, Described? source, AmqpMap? properties = null) =>
        new(attach.Name, attach.Handle, !attach.IsReceiver)
        {
            SenderSettleMode = attach.SenderSettleMode,
            ReceiverSettleMode = attach.ReceiverSettleMode,
            Source = source,
            Target = attach.Target,
            MaxMessageSize = attach.IsReceiver ? 0 : (ulong)Broker.Limits.MaxBatchBytes,
            Properties = properties,
        };
}
