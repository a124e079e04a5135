using EventMeet.Broker.Amqp.Links;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary>Where a message goes that came over a link.</summary>
internal interface IMessageTarget
{
    /// <summary>Gets a value indicating whether the link needs a token that is valid.</summary>
    bool NeedsToken { get; }

    /// <summary>Takes a message and settles it on the link, now or when it is durable.</summary>
    void HandleMessage(IncomingLink link, IncomingMessage message, ReadOnlySpan<byte> encoded);
}
