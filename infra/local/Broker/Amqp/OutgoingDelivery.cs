using EventMeet.Broker.Amqp.Links;

namespace EventMeet.Broker.Amqp;

/// <summary>A message that was sent and is not settled.</summary>
/// <param name="Link">The link it went over.</param>
/// <param name="LockToken">The lock that the client has on it; empty for a reply.</param>
internal sealed record OutgoingDelivery(OutgoingLink Link, Guid LockToken);
