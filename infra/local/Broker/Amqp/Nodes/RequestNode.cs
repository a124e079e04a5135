using EventMeet.Broker.Amqp.Links;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary>A node that answers requests on the reply link which they name.</summary>
internal abstract class RequestNode : IMessageTarget
{
    public abstract bool NeedsToken { get; }

    public void HandleMessage(IncomingLink link, IncomingMessage message, ReadOnlySpan<byte> encoded)
    {
        if (RequestMessage.Read(encoded) is not { } request)
        {
            link.Settle(message, new AmqpError(AmqpError.DecodeError, "The request cannot be read."));
            return;
        }

        var connection = link.Connection;
        var reply = Answer(connection, request).Encode(request.MessageId);
        link.Settle(message, null);
        link.Broker.WhenDurable(() =>
        {
            if (request.ReplyTo is not null && connection.ReplyLinks.TryGetValue(request.ReplyTo, out var replies))
            {
                replies.Reply(reply);
            }
        });
    }

    protected abstract ReplyMessage Answer(AmqpConnection connection, RequestMessage request);
}
