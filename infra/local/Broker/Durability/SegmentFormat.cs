using System.Buffers.Binary;
using System.IO.Hashing;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Durability;

/*  A segment: | "EMBUSLG1" (64) | number (64) | record … |
    A record:  | payload's length (32) | CRC-32 of length and payload (32) | payload |        little-endian

    A record counts only whole: what a crash left half written, or what has rotted, ends the log there.  */

/// <summary>The bytes of a segment of the log.</summary>
internal static class SegmentFormat
{
    internal const int HeaderLength = 16;
    internal const int RecordOverhead = 8;

    // Far above any record that is written (a batch is cut at 4 MiB); a length beyond it is damage.
    internal const int MaxPayload = 64 * 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "EMBUSLG1"u8;

    internal static byte[] Header(long number)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), number);
        return header;
    }

    internal static bool HasHeader(ReadOnlySpan<byte> segment, long number) =>
        segment.Length >= HeaderLength
        && segment.StartsWith(Magic)
        && BinaryPrimitives.ReadInt64LittleEndian(segment[8..]) == number;

    internal static void WriteRecord(ReadOnlySpan<byte> payload, GrowingBuffer into)
    {
        var prefix = into.Reserve(RecordOverhead);
        BinaryPrimitives.WriteInt32LittleEndian(prefix, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix[4..], Checksum(prefix[..4], payload));
        into.Write(payload);
    }

    /// <summary>Takes the record at a position. False when there is none whole, which is where the log ends.</summary>
    internal static bool TryReadRecord(ReadOnlySpan<byte> segment, ref int position, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        var rest = segment[position..];
        if (rest.Length < RecordOverhead)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length is <= 0 or > MaxPayload || length > rest.Length - RecordOverhead)
        {
            return false;
        }

        var candidate = rest.Slice(RecordOverhead, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) != Checksum(rest[..4], candidate))
        {
            return false;
        }

        payload = candidate;
        position += RecordOverhead + length;
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> length, ReadOnlySpan<byte> payload)
    {
        var crc = new Crc32();
        crc.Append(length);
        crc.Append(payload);
        return crc.GetCurrentHashAsUInt32();
    }
}
