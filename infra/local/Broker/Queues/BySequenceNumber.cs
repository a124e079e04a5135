namespace EventMeet.Broker.Queues;

/// <summary>Orders by sequence number.</summary>
internal sealed class BySequenceNumber : IComparer<StoredMessage>
{
    internal static readonly BySequenceNumber Instance = new();

    public int Compare(StoredMessage? x, StoredMessage? y) => x!.SequenceNumber.CompareTo(y!.SequenceNumber);
}
