using System.Buffers.Binary;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>The link over which a client gets the replies of <c>$cbs</c> or <c>$management</c>.</summary>
internal sealed class ReplyLink(AmqpSession session, Attach attach, string address, bool needsToken)
    : OutgoingLink(session, attach)
{
    // A client that asks and never grants credit for the answers loses the oldest.
    private const int MaxWaiting = 500;
    private readonly Queue<byte[]> _waiting = new();
    private readonly string[] _names = NamesOf(attach);
    private uint _nextTag;

    internal override string? Address => needsToken ? address : null;

    internal override void Attach(Attach attach)
    {
        foreach (var name in _names)
        {
            Connection.ReplyLinks[name] = this;
        }

        WriteAttach(Answer(attach, attach.Source));
    }

    internal void Reply(byte[] message)
    {
        if (IsDetached)
        {
            return;
        }

        if (_waiting.Count >= MaxWaiting)
        {
            _waiting.Dequeue();
        }

        _waiting.Enqueue(message);
        Fill();
    }

    internal override void HandleOutcome(uint deliveryId, OutgoingDelivery delivery, Described? state, bool settled)
    {
        if (!settled)
        {
            Session.SettleSent(deliveryId, null);
        }
    }

    internal override void End(bool disconnected)
    {
        foreach (var name in _names)
        {
            if (Connection.ReplyLinks.GetValueOrDefault(name) == this)
            {
                Connection.ReplyLinks.Remove(name);
            }
        }
    }

    protected override void Fill()
    {
        while (_waiting.Count > 0 && CanSend)
        {
            var tag = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(tag, _nextTag++);
            Send(_waiting.Dequeue(), tag, Settles ? null : new OutgoingDelivery(this, Guid.Empty));
        }
    }

    /// <summary>A reply-to names the link's target; the JavaScript client's names the link itself.</summary>
    private static string[] NamesOf(Attach attach) =>
        Terminus.AddressOf(attach.Target) is { Length: > 0 } target ? [attach.Name, target] : [attach.Name];
}
