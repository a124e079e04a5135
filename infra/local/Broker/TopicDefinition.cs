namespace EventMeet.Broker;

/// <summary>A topic to be there, with its subscriptions.</summary>
internal sealed record TopicDefinition(string Name, IReadOnlyList<QueueDefinition> Subscriptions);
