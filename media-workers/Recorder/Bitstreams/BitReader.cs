/*  ue(v), ISO/IEC 14496-10 section 9.1: n zeros, a one, n bits; the value is 2^n - 1 + bits
    uvlc(), AV1 specification section 4.10.3: the same code, read the same way  */
using System.Runtime.InteropServices;

namespace EventMeet.Recorder.Bitstreams;

/// <summary>Reads bits, the highest first. Reading beyond the end gives zeros and is remembered.</summary>
/// <param name="bytes">What is read.</param>
[StructLayout(LayoutKind.Auto)]
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>Gets a value indicating whether more was read than there is.</summary>
    public readonly bool IsExhausted => _position > _bytes.Length * 8;

    /// <summary>Reads one bit.</summary>
    public bool ReadFlag() => ReadBits(1) != 0;

    /// <summary>Reads up to 32 bits.</summary>
    public uint ReadBits(int count)
    {
        var value = 0U;
        for (var bit = 0; bit < count; bit++, _position++)
        {
            var offset = _position >> 3;
            var set = offset < _bytes.Length && ((_bytes[offset] >> (7 - (_position & 7))) & 1) != 0;
            value = (value << 1) | (set ? 1U : 0U);
        }

        return value;
    }

    /// <summary>Passes over bits.</summary>
    public void Skip(int count) => _position = (int)Math.Min(int.MaxValue, (long)_position + count);

    /// <summary>Reads an exponential-Golomb number; at most 2^32 - 2.</summary>
    public uint ReadUnsignedGolomb()
    {
        var zeros = 0;
        while (zeros < 32 && !IsExhausted && !ReadFlag())
        {
            zeros++;
        }

        return zeros == 32 ? uint.MaxValue : (uint)((1UL << zeros) - 1 + ReadBits(zeros));
    }

    /// <summary>Reads a signed exponential-Golomb number (ISO/IEC 14496-10 section 9.1.1).</summary>
    public int ReadSignedGolomb()
    {
        var code = ReadUnsignedGolomb();
        return (code & 1) == 0 ? -(int)(code >> 1) : (int)((code >> 1) + 1);
    }
}
