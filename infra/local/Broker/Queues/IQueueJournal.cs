namespace EventMeet.Broker.Queues;

/// <summary>Takes down every change that must outlive the process, in order.</summary>
internal interface IQueueJournal
{
    /// <summary>A message is in the queue; one with the same sequence number is replaced.</summary>
    void Stored(string queue, StoredMessage message);

    /// <summary>A message has left the queue.</summary>
    void Removed(string queue, long sequenceNumber);

    /// <summary>A message was tried and not completed.</summary>
    void Counted(string queue, long sequenceNumber, int deliveryCount);

    /// <summary>A message was set aside.</summary>
    void Deferred(string queue, long sequenceNumber);

    /// <summary>A session's state; null when it has none any more.</summary>
    void SessionState(string queue, string sessionId, byte[]? state);

    /// <summary>A message id is remembered (in a snapshot; otherwise it follows from <see cref="Stored"/>).</summary>
    void Remembered(string queue, string messageId, long sequenceNumber, DateTimeOffset since);

    /// <summary>Sequence numbers go on from here (in a snapshot, in case the last message is gone).</summary>
    void NextSequenceNumber(string queue, long next);
}
