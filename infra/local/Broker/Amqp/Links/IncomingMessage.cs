namespace EventMeet.Broker.Amqp.Links;

/// <summary>A message as it came over a link.</summary>
/// <param name="DeliveryId">Its number in the session.</param>
/// <param name="Settled">Whether the client wants no answer.</param>
/// <param name="Format">0, or the batch format.</param>
internal readonly record struct IncomingMessage(uint DeliveryId, bool Settled, uint Format);
