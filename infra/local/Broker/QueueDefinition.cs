using EventMeet.Broker.Queues;

namespace EventMeet.Broker;

/// <summary>A queue to be there.</summary>
internal sealed record QueueDefinition(string Name, QueueOptions Options);
