using EventMeet.Broker.Amqp.Nodes;

namespace EventMeet.Broker.Amqp.Links;

/// <summary>Decides what an attach leads to.</summary>
internal static class LinkFactory
{
    internal const string CbsNode = "$cbs";
    internal const string ManagementSuffix = "/$management";

    internal static AmqpLink Create(AmqpSession session, Attach attach)
    {
        var address = Terminus.AddressOf(attach.IsReceiver ? attach.Source : attach.Target)?.Trim('/') ?? "";
        if (address.Equals(CbsNode, StringComparison.OrdinalIgnoreCase))
        {
            return attach.IsReceiver
                ? new ReplyLink(session, attach, address, needsToken: false)
                : new IncomingLink(session, attach, address, new CbsNode());
        }

        if (!session.Connection.Authorization.Allows(address, session.Connection.Now))
        {
            return Refused(session, attach, AmqpError.Unauthorized, $"There is no valid token for '{address}'.");
        }

        if (address.EndsWith(ManagementSuffix, StringComparison.OrdinalIgnoreCase))
        {
            return ManagementLink(session, attach, address);
        }

        return attach.IsReceiver ? Consumer(session, attach, address) : Producer(session, attach, address);
    }

    private static AmqpLink ManagementLink(AmqpSession session, Attach attach, string address)
    {
        var entity = address[..^ManagementSuffix.Length];
        var queue = session.Broker.FindQueue(entity);
        var targets = session.Broker.FindTargets(entity);
        if (queue is null && targets is null)
        {
            return NotFound(session, attach, entity);
        }

        return attach.IsReceiver
            ? new ReplyLink(session, attach, address, needsToken: true)
            : new IncomingLink(session, attach, address, new ManagementNode(queue, targets ?? []));
    }

    private static AmqpLink Consumer(AmqpSession session, Attach attach, string address) =>
        session.Broker.FindQueue(address) is { } queue
            ? new ConsumerLink(session, attach, address, queue)
            : NotFound(session, attach, address);

    private static AmqpLink Producer(AmqpSession session, Attach attach, string address) =>
        session.Broker.FindTargets(address) is { } targets
            ? new IncomingLink(session, attach, address, new EntityNode(targets))
            : NotFound(session, attach, address);

    private static RefusedLink NotFound(AmqpSession session, Attach attach, string address) =>
        Refused(session, attach, AmqpError.NotFound, $"The messaging entity '{address}' could not be found.");

    private static RefusedLink Refused(AmqpSession session, Attach attach, string condition, string description) =>
        new(session, attach, new AmqpError(condition, description));
}
