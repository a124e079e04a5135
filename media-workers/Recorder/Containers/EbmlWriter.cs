/*  RFC 8794 sections 4, 5, 6: an element is an id, a size and data

    +-----------------+----------------------+-----------------+
    | id, 1-4 bytes,  | size, 1-8 bytes: as  | data            |
    | marker included | many zeros in front  |                 |
    +-----------------+ as bytes follow      +-----------------+

    1xxx xxxx                                 size up to 2^7 - 2
    0001 xxxx xxxx xxxx xxxx xxxx xxxx xxxx   size up to 2^28 - 2
    0000 0001 1111 1111 ... 1111 1111         size unknown, ends where a sibling or a parent's sibling starts
*/
using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace EventMeet.Recorder.Containers;

/// <summary>Writes EBML elements one after the other (RFC 8794). Nothing that was handed to the output is ever changed.</summary>
/// <param name="output">Where to.</param>
internal sealed class EbmlWriter(IBufferWriter<byte> output)
{
    /// <summary>Starts a master element of unknown size, which needs no end (RFC 8794 section 6.2).</summary>
    public void StartUnknownSize(uint id)
    {
        WriteId(id);
        BinaryPrimitives.WriteUInt64BigEndian(output.GetSpan(8), 0x01FF_FFFF_FFFF_FFFF);
        output.Advance(8);
    }

    /// <summary>Writes a master element whose children are written by a function.</summary>
    public void WriteMaster(uint id, Action<EbmlWriter> children)
    {
        var content = new ArrayBufferWriter<byte>();
        children(new EbmlWriter(content));
        WriteBinary(id, content.WrittenSpan);
    }

    /// <summary>Writes an unsigned integer in as few bytes as it needs (RFC 8794 section 7.2).</summary>
    public void WriteUnsigned(uint id, ulong value)
    {
        var length = Math.Max(1, (71 - BitOperations.LeadingZeroCount(value)) / 8);
        WriteHead(id, length);
        WriteBigEndian(value, length);
    }

    /// <summary>Writes a 64-bit floating point number (RFC 8794 section 7.3).</summary>
    public void WriteFloat(uint id, double value)
    {
        WriteHead(id, 8);
        BinaryPrimitives.WriteDoubleBigEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    /// <summary>Writes a date: nanoseconds since 2001-01-01T00:00:00Z (RFC 8794 section 7.6).</summary>
    public void WriteDate(uint id, DateTimeOffset value)
    {
        var since = value - new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
        WriteHead(id, 8);
        BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(8), since.Ticks * TimeSpan.NanosecondsPerTick);
        output.Advance(8);
    }

    /// <summary>Writes text in UTF-8 (RFC 8794 sections 7.4, 7.5).</summary>
    public void WriteText(uint id, string value) => WriteBinary(id, Encoding.UTF8.GetBytes(value));

    /// <summary>Writes bytes as they are (RFC 8794 section 7.7).</summary>
    public void WriteBinary(uint id, ReadOnlySpan<byte> value)
    {
        WriteHead(id, value.Length);
        output.Write(value);
    }

    /// <summary>Writes an id and a known size; so many bytes of data must follow.</summary>
    public void WriteHead(uint id, long size)
    {
        WriteId(id);
        // All ones would mean "unknown", so the largest size of each length is one less.
        var length = 1;
        while (size >= (1L << (7 * length)) - 1)
        {
            length++;
        }

        WriteBigEndian((ulong)size | (1UL << (7 * length)), length);
    }

    private void WriteId(uint id) => WriteBigEndian(id, (39 - BitOperations.LeadingZeroCount(id)) / 8);

    private void WriteBigEndian(ulong value, int length)
    {
        var span = output.GetSpan(length);
        for (var position = 0; position < length; position++)
        {
            span[position] = (byte)(value >> (8 * (length - 1 - position)));
        }

        output.Advance(length);
    }
}
