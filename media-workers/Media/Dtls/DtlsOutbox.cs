using System.Buffers.Binary;
using System.Diagnostics;

namespace EventMeet.Media.Dtls;

/// <summary>The datagrams that wait to be sent; numbers the records of epoch 0 as they enter.</summary>
/// <param name="mtu">The longest datagram in bytes.</param>
/// <param name="maxLength">How many bytes may wait.</param>
internal sealed class DtlsOutbox(int mtu, int maxLength)
{
    private readonly DatagramQueue _queue = new(maxLength);
    private ulong _nextNumber;

    /// <summary>Gets a value indicating whether there is one.</summary>
    public bool HasDatagram => !_queue.IsEmpty;

    /// <summary>Adds a datagram, whose numbers it writes; false when there is no room.</summary>
    public bool Emit(Span<byte> datagram)
    {
        Debug.Assert(datagram.Length <= mtu, "Nothing longer than the MTU is made.");
        DtlsRecord.Renumber(datagram, ref _nextNumber);
        return _queue.TryEnqueue(datagram);
    }

    /// <summary>Adds datagrams that stand each after its 16-bit length.</summary>
    /// <param name="batch">The datagrams.</param>
    /// <param name="onlyEpochZero">Leaves out protected records, whose numbers cannot be written anew.</param>
    public void EmitBatch(ReadOnlySpan<byte> batch, bool onlyEpochZero)
    {
        Span<byte> copy = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (TryCut(ref batch, out var datagram))
        {
            datagram = onlyEpochZero ? datagram[..DtlsRecord.LengthOfEpochZero(datagram)] : datagram;
            datagram.CopyTo(copy);
            if (!datagram.IsEmpty)
            {
                _ = Emit(copy[..datagram.Length]);
            }
        }
    }

    /// <summary>Cuts the next datagram off a batch.</summary>
    public static bool TryCut(ref ReadOnlySpan<byte> batch, out ReadOnlySpan<byte> datagram)
    {
        datagram = default;
        if (batch.IsEmpty)
        {
            return false;
        }

        datagram = batch.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16BigEndian(batch));
        batch = batch[(sizeof(ushort) + datagram.Length)..];
        return true;
    }

    /// <summary>Takes the oldest datagram.</summary>
    public bool TryTake(Span<byte> destination, out int length) => _queue.TryDequeue(destination, out length);

    /// <summary>Gives its memory back if it is empty.</summary>
    public void Trim() => _queue.Trim();
}
