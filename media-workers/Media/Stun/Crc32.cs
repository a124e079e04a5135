namespace EventMeet.Media.Stun;

/// <summary>The CRC-32 of ITU-T V.42, which FINGERPRINT uses (RFC 8489 section 14.7).</summary>
internal static class Crc32
{
    private const uint ReversedPolynomial = 0xEDB8_8320;

    private static readonly uint[] Table = MakeTable();

    /// <summary>Computes the checksum.</summary>
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var remainder = uint.MaxValue;
        foreach (var value in data)
        {
            remainder = Table[(byte)(remainder ^ value)] ^ (remainder >> 8);
        }

        return ~remainder;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var remainder = index;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) == 0 ? remainder >> 1 : (remainder >> 1) ^ ReversedPolynomial;
            }

            table[index] = remainder;
        }

        return table;
    }
}
