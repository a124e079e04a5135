using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>A message from when it is handed over until the peer has acknowledged it or it is given up.</summary>
internal sealed class OutboundMessage
{
    /// <summary>What holding a message costs beside its bytes; charged to the send buffer.</summary>
    public const int Overhead = 64;

    /// <summary>Gets or sets how it is carried.</summary>
    public SctpMessageHeader Header { get; set; }

    /// <summary>Gets or sets the bytes; null once it is released.</summary>
    public byte[]? Buffer { get; set; }

    /// <summary>Gets or sets a value indicating whether they are rented; else others hold them, too.</summary>
    public bool IsRented { get; set; }

    /// <summary>Gets or sets how many of them.</summary>
    public int Length { get; set; }

    /// <summary>Gets or sets how many bytes have got a TSN.</summary>
    public int Fragmented { get; set; }

    /// <summary>Gets or sets its place in its stream, given with the first fragment.</summary>
    public ushort StreamSequenceNumber { get; set; }

    /// <summary>Gets or sets when it stops being worth sending.</summary>
    public MonotonicTime Expires { get; set; }

    /// <summary>Gets or sets a value indicating whether it was given up.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Gets how many bytes have no TSN yet.</summary>
    public int Remaining => Length - Fragmented;
}
