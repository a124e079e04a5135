using System.Buffers;
using EventMeet.Media.Sctp.Chunks;

namespace EventMeet.Media.Sctp;

/// <summary>A message, or fragments of one whose TSNs follow each other.</summary>
internal sealed class InboundMessage
{
    /// <summary>What holding a message costs beside its bytes; charged to the receive window.</summary>
    public const int Overhead = 64;

    private readonly byte _flags;

    private InboundMessage(in DataChunk chunk)
    {
        First = chunk.Tsn;
        Last = chunk.Tsn;
        HasBegin = chunk.IsBegin;
        HasEnd = chunk.IsEnd;
        StreamId = chunk.StreamId;
        StreamSequenceNumber = chunk.StreamSequenceNumber;
        PayloadProtocolIdentifier = chunk.PayloadProtocolIdentifier;
        _flags = chunk.IsUnordered ? DataChunk.UnorderedFlag : (byte)0;
        Length = chunk.Payload.Length;
        Buffer = ArrayPool<byte>.Shared.Rent(Length);
        chunk.Payload.CopyTo(Buffer);
    }

    /// <summary>Gets the first TSN.</summary>
    public Tsn First { get; private set; }

    /// <summary>Gets the last TSN.</summary>
    public Tsn Last { get; private set; }

    /// <summary>Gets a value indicating whether the first fragment is here.</summary>
    public bool HasBegin { get; private set; }

    /// <summary>Gets a value indicating whether the last fragment is here.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Gets a value indicating whether all of it is here.</summary>
    public bool IsComplete => HasBegin && HasEnd;

    /// <summary>Gets a value indicating whether it may overtake others.</summary>
    public bool IsUnordered => _flags != 0;

    /// <summary>Gets the stream.</summary>
    public ushort StreamId { get; }

    /// <summary>Gets the place in an ordered stream.</summary>
    public ushort StreamSequenceNumber { get; }

    /// <summary>Gets what it is (RFC 8831 section 8).</summary>
    public uint PayloadProtocolIdentifier { get; }

    /// <summary>Gets the rented bytes.</summary>
    public byte[] Buffer { get; private set; }

    /// <summary>Gets how many of them.</summary>
    public int Length { get; private set; }

    /// <summary>Begins with one fragment.</summary>
    public static InboundMessage From(in DataChunk chunk) => new(chunk);

    /// <summary>Does a fragment, which follows or precedes by its TSN, belong to the same message?</summary>
    public bool IsSameMessage(in DataChunk chunk) =>
        chunk.StreamId == StreamId
        && chunk.IsUnordered == IsUnordered
        && (IsUnordered || chunk.StreamSequenceNumber == StreamSequenceNumber);

    /// <summary>Does another run of fragments belong to the same message?</summary>
    public bool IsSameMessage(InboundMessage other) =>
        other.StreamId == StreamId
        && other.IsUnordered == IsUnordered
        && (IsUnordered || other.StreamSequenceNumber == StreamSequenceNumber);

    /// <summary>Adds the fragment with the next TSN.</summary>
    public void Append(in DataChunk chunk)
    {
        Append(chunk.Payload);
        Last = chunk.Tsn;
        HasEnd = chunk.IsEnd;
    }

    /// <summary>Adds the fragments that follow, and lets go of the other object's buffer.</summary>
    public void Append(InboundMessage next)
    {
        Append(next.Buffer.AsSpan(0, next.Length));
        Last = next.Last;
        HasEnd = next.HasEnd;
        next.Release();
    }

    /// <summary>Gives the buffer back.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(Buffer);
        Buffer = [];
    }

    private void Append(ReadOnlySpan<byte> payload)
    {
        if (Length + payload.Length > Buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + payload.Length, Buffer.Length * 2));
            Buffer.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(Buffer);
            Buffer = larger;
        }

        payload.CopyTo(Buffer.AsSpan(Length));
        Length += payload.Length;
    }
}
