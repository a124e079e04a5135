using EventMeet.Media.Values;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>What all clients count together.</summary>
internal sealed class LoadTotals
{
    /// <summary>Gets or sets the time of the turn.</summary>
    public MonotonicTime Now { get; set; }

    /// <summary>
    /// Gets from right before a publisher encrypted and sent a packet until the kernel took it in for the subscriber, of the
    /// packets that were looked into.
    /// </summary>
    public DelayHistogram Delays { get; } = new();

    public long Published { get; set; }

    /// <summary>Gets or sets how often something was received: fewer than datagrams, where trains stay together.</summary>
    public long ReceiveCalls { get; set; }

    /// <summary>Gets or sets datagrams that the made-up network lost on their way to the clients.</summary>
    public long Dropped { get; set; }

    /// <summary>Gets or sets RTCP packets sent by the clients.</summary>
    public long Feedback { get; set; }

    public long Unknown { get; set; }

    public long Undecryptable { get; set; }

    public void Clear()
    {
        Delays.Clear();
        (Published, ReceiveCalls, Dropped, Feedback, Unknown, Undecryptable) = (0, 0, 0, 0, 0, 0);
    }
}
