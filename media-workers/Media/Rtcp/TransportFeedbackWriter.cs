/*  See TransportFeedback.cs for the picture.  */
using System.Buffers.Binary;

namespace EventMeet.Media.Rtcp;

/// <summary>Writes transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).</summary>
internal static class TransportFeedbackWriter
{
    /// <summary>Stands in a list of arrivals for a packet that was not received.</summary>
    public const long Missing = long.MinValue;

    private const int HeaderLength = RtcpPacket.HeaderLength + TransportFeedback.ChunksOffset;
    private const int DeltasPerReferenceUnit = (int)(TransportFeedback.ReferenceTimeUnit / TransportFeedback.DeltaUnit);
    private const int OneBitSymbols = 14;
    private const int TwoBitSymbols = 7;
    private const int LongestRun = 0x1FFF;

    /// <summary>Writes one packet about as many arrivals, from the first on, as fit and can be expressed.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="senderSsrc">Who reports.</param>
    /// <param name="mediaSsrc">Any one SSRC of the transport.</param>
    /// <param name="baseSequence">The transport-wide number of the first arrival.</param>
    /// <param name="feedbackCount">The number of this feedback.</param>
    /// <param name="arrivals">When each packet arrived, in microseconds, or <see cref="Missing"/>.</param>
    /// <param name="reported">How many arrivals the packet covers; 0 when nothing was written.</param>
    /// <returns>The packet's length in bytes.</returns>
    public static int Write(
        Span<byte> destination,
        uint senderSsrc,
        uint mediaSsrc,
        ushort baseSequence,
        byte feedbackCount,
        ReadOnlySpan<long> arrivals,
        out int reported
    )
    {
        arrivals = arrivals[..Math.Min(arrivals.Length, 0x7FFF)];
        Span<byte> symbols = arrivals.Length <= 1024 ? stackalloc byte[arrivals.Length] : new byte[arrivals.Length];
        reported = Classify(arrivals, destination.Length, symbols, out var referenceTime);
        if (reported == 0)
        {
            return 0;
        }

        symbols = symbols[..reported];
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], senderSsrc);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], mediaSsrc);
        BinaryPrimitives.WriteUInt16BigEndian(destination[12..], baseSequence);
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], (ushort)reported);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], ((uint)referenceTime << 8) | feedbackCount);

        var end = WriteChunks(destination, HeaderLength, symbols);
        end = WriteDeltas(destination, end, arrivals, symbols, referenceTime * DeltasPerReferenceUnit);
        var length = (end + 3) & ~3;
        destination[end..length].Clear();
        destination[0] = 0x80 | FeedbackFormat.TransportWideCc;
        destination[1] = (byte)RtcpPacketType.TransportFeedback;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)((length / 4) - 1));
        return length;
    }

    // Finds each packet's symbol, which is its delta's size as well, and stops before what does not fit.
    private static int Classify(ReadOnlySpan<long> arrivals, int capacity, Span<byte> symbols, out long referenceTime)
    {
        referenceTime = 0;
        var previous = 0L;
        var deltaBytes = 0;
        var reported = 0;
        for (var position = 0; position < arrivals.Length; position++)
        {
            if (arrivals[position] == Missing)
            {
                symbols[position] = 0;
                continue;
            }

            var ticks = ToTicks(arrivals[position]);
            if (reported == 0)
            {
                referenceTime = FloorDivide(ticks, DeltasPerReferenceUnit);
                previous = referenceTime * DeltasPerReferenceUnit;
            }

            var delta = ticks - previous;
            var size = delta is >= 0 and <= byte.MaxValue ? 1 : 2;
            // A chunk covers at least seven packets, see WriteChunks.
            var chunkBytes = (position + TwoBitSymbols) / TwoBitSymbols * 2;
            var length = (HeaderLength + chunkBytes + deltaBytes + size + 3) & ~3;
            if (delta is < short.MinValue or > short.MaxValue || length > capacity)
            {
                break;
            }

            symbols[position] = (byte)size;
            deltaBytes += size;
            previous = ticks;
            reported = position + 1;
        }

        return reported;
    }

    private static int WriteChunks(Span<byte> destination, int offset, ReadOnlySpan<byte> symbols)
    {
        while (!symbols.IsEmpty)
        {
            var run = symbols.IndexOfAnyExcept(symbols[0]);
            run = Math.Min(run < 0 ? symbols.Length : run, LongestRun);
            var vector = symbols[..Math.Min(symbols.Length, OneBitSymbols)];
            var oneBit = !vector.Contains((byte)2);
            int chunk;
            int covered;
            if (run >= (oneBit ? OneBitSymbols : TwoBitSymbols) || run == symbols.Length)
            {
                (chunk, covered) = ((symbols[0] << 13) | run, run);
            }
            else if (oneBit)
            {
                (chunk, covered) = (0x8000 | Pack(vector, 1, OneBitSymbols), vector.Length);
            }
            else
            {
                vector = symbols[..Math.Min(symbols.Length, TwoBitSymbols)];
                (chunk, covered) = (0xC000 | Pack(vector, 2, TwoBitSymbols), vector.Length);
            }

            BinaryPrimitives.WriteUInt16BigEndian(destination[offset..], (ushort)chunk);
            offset += 2;
            symbols = symbols[covered..];
        }

        return offset;
    }

    private static int Pack(ReadOnlySpan<byte> symbols, int bits, int places)
    {
        var packed = 0;
        for (var position = 0; position < places; position++)
        {
            packed = (packed << bits) | (position < symbols.Length ? symbols[position] : 0);
        }

        return packed;
    }

    private static int WriteDeltas(
        Span<byte> destination,
        int offset,
        ReadOnlySpan<long> arrivals,
        ReadOnlySpan<byte> symbols,
        long previous
    )
    {
        for (var position = 0; position < symbols.Length; position++)
        {
            if (symbols[position] == 0)
            {
                continue;
            }

            var ticks = ToTicks(arrivals[position]);
            if (symbols[position] == 1)
            {
                destination[offset] = (byte)(ticks - previous);
            }
            else
            {
                BinaryPrimitives.WriteInt16BigEndian(destination[offset..], (short)(ticks - previous));
            }

            offset += symbols[position];
            previous = ticks;
        }

        return offset;
    }

    private static long ToTicks(long microseconds) => FloorDivide(microseconds, TransportFeedback.DeltaUnit);

    private static long FloorDivide(long value, long divisor) => (value / divisor) - (value % divisor < 0 ? 1 : 0);
}
