using System.Buffers.Binary;

namespace EventMeet.Media.Codecs;

/// <summary>
/// A VP8 payload descriptor as it leaves, all but the numbers that each slot has of its own: written once per packet, copied
/// for every subscriber. A picture id always has 15 bits, whatever it came with, so that its width never changes within a
/// stream.
/// </summary>
/// <remarks>The picture is in <see cref="Vp8Descriptor"/>'s file.</remarks>
internal readonly struct Vp8DescriptorImage
{
    /// <summary>Bytes that <see cref="Write"/> may touch, more than it says it wrote.</summary>
    public const int RoomLength = sizeof(ulong);

    private const int PictureIdOffset = 2;
    private const byte KeyIndexMask = 0x1F;

    private readonly ulong _bytes;
    private readonly byte _tl0Offset;
    private readonly byte _keyIndexOffset;
    private readonly bool _hasPictureId;

    /// <summary>Writes the image of a descriptor; one that was not read has length 0.</summary>
    public Vp8DescriptorImage(in Vp8Descriptor source)
    {
        if (source.Length == 0)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[RoomLength];
        bytes.Clear();
        var written = source with { PictureIdBits = source.PictureIdBits == 0 ? (byte)0 : (byte)15 };
        Length = written.Write(bytes);
        _bytes = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _hasPictureId = source.PictureIdBits != 0;
        var next = PictureIdOffset + (_hasPictureId ? sizeof(ushort) : 0);
        _tl0Offset = source.HasTl0PictureIndex ? (byte)next++ : (byte)0;
        _keyIndexOffset = source.HasKeyIndex ? (byte)next : (byte)0;
    }

    /// <summary>Gets how many bytes it takes; 0 to 6.</summary>
    public int Length { get; }

    /// <summary>Writes the descriptor with a slot's numbers.</summary>
    /// <param name="destination">At least <see cref="RoomLength"/> bytes.</param>
    /// <param name="pictureId">15 bits.</param>
    /// <param name="tl0PictureIndex">The slot's.</param>
    /// <param name="keyIndex">5 bits.</param>
    public void Write(Span<byte> destination, ushort pictureId, byte tl0PictureIndex, byte keyIndex)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _bytes);
        if (_hasPictureId)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[PictureIdOffset..], (ushort)(0x8000 | pictureId));
        }

        if (_tl0Offset != 0)
        {
            destination[_tl0Offset] = tl0PictureIndex;
        }

        if (_keyIndexOffset != 0)
        {
            ref var layer = ref destination[_keyIndexOffset];
            layer = (byte)((layer & ~KeyIndexMask) | (keyIndex & KeyIndexMask));
        }
    }
}
