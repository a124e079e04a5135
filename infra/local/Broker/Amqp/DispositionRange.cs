namespace EventMeet.Broker.Amqp;

/// <summary>Gathers settlements of consecutive deliveries into one disposition.</summary>
internal sealed class DispositionRange(bool isReceiver, AmqpSession session)
{
    private uint _first;
    private uint _next;

    /// <summary>A delivery is accepted and settled.</summary>
    internal void Add(uint deliveryId)
    {
        if (_first != _next && deliveryId == _next)
        {
            _next++;
            return;
        }

        Flush();
        _first = deliveryId;
        _next = deliveryId + 1;
    }

    internal void Flush()
    {
        if (_first != _next)
        {
            var range = new Disposition(isReceiver, _first, _next - 1, Settled: true, Outcomes.Accepted);
            _first = _next;
            session.Write(range);
        }
    }
}
