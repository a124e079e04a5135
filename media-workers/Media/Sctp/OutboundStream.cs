namespace EventMeet.Media.Sctp;

/// <summary>A stream that we send on.</summary>
internal sealed class OutboundStream(ushort id)
{
    private Queue<OutboundMessage>? _waiting;

    /// <summary>Gets the stream's number.</summary>
    public ushort Id { get; } = id;

    /// <summary>Gets or sets its share against other streams, 1 and up (RFC 8260 section 3.6, weighted fair queueing).</summary>
    public int Weight { get; set; } = 1;

    /// <summary>Gets or sets how much it has sent, divided by its weight; the least goes next.</summary>
    public long VirtualTime { get; set; }

    /// <summary>Gets or sets the sequence number of the next ordered message.</summary>
    public ushort NextSequenceNumber { get; set; }

    /// <summary>Gets or sets the last TSN that carried something of this stream; null before the first.</summary>
    public Tsn? LastTsn { get; set; }

    /// <summary>Gets or sets a value indicating whether a reset is asked for: nothing new is taken.</summary>
    public bool IsResetting { get; set; }

    /// <summary>Gets or sets how many bytes wait for their first transmission.</summary>
    public int BufferedBytes { get; set; }

    /// <summary>Gets how many messages have not been begun.</summary>
    public int Waiting => _waiting?.Count ?? 0;

    /// <summary>Puts a message at the end.</summary>
    public void Enqueue(OutboundMessage message) => (_waiting ??= new(2)).Enqueue(message);

    /// <summary>Takes the oldest message that has not been begun.</summary>
    public OutboundMessage Dequeue() => _waiting!.Dequeue();

    /// <summary>The oldest message that has not been begun.</summary>
    public OutboundMessage Peek() => _waiting!.Peek();
}
