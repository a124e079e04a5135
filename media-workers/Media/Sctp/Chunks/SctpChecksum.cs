using System.Buffers.Binary;
using System.Numerics;

namespace EventMeet.Media.Sctp.Chunks;

/// <summary>CRC32c over a packet whose own checksum field counts as zero (RFC 9260 section 6.8, appendix A).</summary>
internal static class SctpChecksum
{
    /// <summary>Where the checksum stands in the packet; it is written least significant byte first.</summary>
    public const int Offset = 8;

    /// <summary>Computes the checksum of a packet.</summary>
    /// <param name="packet">At least the 12 bytes of the common header.</param>
    public static uint Compute(ReadOnlySpan<byte> packet)
    {
        // BitOperations uses the SSE4.2 or ARMv8 instruction, and a table where there is neither.
        var crc = BitOperations.Crc32C(uint.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(packet));
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Update(crc, packet[12..]);
    }

    /// <summary>CRC32c of any bytes, as the check value of the algorithm is defined.</summary>
    public static uint OfBytes(ReadOnlySpan<byte> bytes) => ~Update(uint.MaxValue, bytes);

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }
}
