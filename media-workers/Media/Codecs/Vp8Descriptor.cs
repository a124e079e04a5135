/*  RFC 7741 section 4.2, payload descriptor

         0 1 2 3 4 5 6 7
        +-+-+-+-+-+-+-+-+
        |X|R|N|S|R| PID |   N: no other frame refers to this one; S: a partition starts
        +-+-+-+-+-+-+-+-+
    X:  |I|L|T|K| RSV   |
        +-+-+-+-+-+-+-+-+
    I:  |M| PictureID   |   8 more bits if M
        +-+-+-+-+-+-+-+-+
    L:  |   TL0PICIDX   |   counts the frames of the lowest temporal layer
        +-+-+-+-+-+-+-+-+
    T/K:|TID|Y| KEYIDX  |   Y: this layer may be joined here
        +-+-+-+-+-+-+-+-+

    RFC 7741 section 4.3, payload header, in the first packet of a frame (S=1, PID=0); P: 0 in a key frame

        +-+-+-+-+-+-+-+-+   RFC 6386 section 9.1: a key frame goes on with
        |Size0|H| VER |P|   size (16), 9D 01 2A, scale (2) width (14), scale (2) height (14), little-endian
        +-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Codecs;

/// <summary>A VP8 payload descriptor, as it arrived or as it leaves.</summary>
internal readonly record struct Vp8Descriptor
{
    /// <summary>No descriptor is longer, in bytes.</summary>
    public const int MaxLength = 6;

    private const byte ExtendedBit = 0x80;
    private const byte NonReferenceBit = 0x20;
    private const byte StartBit = 0x10;
    private const byte PictureIdBit = 0x80;
    private const byte Tl0Bit = 0x40;
    private const byte TemporalIdBit = 0x20;
    private const byte KeyIndexBit = 0x10;

    /// <summary>Gets its size in the packet that it was read from, in bytes; 0 when it was not read.</summary>
    public byte Length { get; init; }

    /// <summary>Gets a value indicating whether no other frame refers to this one (N).</summary>
    public bool IsNonReference { get; init; }

    /// <summary>Gets a value indicating whether the packet starts a partition (S).</summary>
    public bool StartsPartition { get; init; }

    /// <summary>Gets the partition (PID), 0 to 7.</summary>
    public byte Partition { get; init; }

    /// <summary>Gets how wide the picture id is, 7 or 15 bits; 0 when there is none.</summary>
    public byte PictureIdBits { get; init; }

    /// <summary>Gets the picture id.</summary>
    public ushort PictureId { get; init; }

    /// <summary>Gets a value indicating whether there is a TL0PICIDX (L).</summary>
    public bool HasTl0PictureIndex { get; init; }

    /// <summary>Gets the number of the last frame in the lowest temporal layer, this one included; wraps.</summary>
    public byte Tl0PictureIndex { get; init; }

    /// <summary>Gets a value indicating whether there is a temporal layer (T).</summary>
    public bool HasTemporalId { get; init; }

    /// <summary>Gets the temporal layer, 0 to 3; 0 when there is none.</summary>
    public byte TemporalId { get; init; }

    /// <summary>Gets a value indicating whether the frame depends on the lowest layer alone, so that its layer may be joined here (Y).</summary>
    public bool IsLayerSync { get; init; }

    /// <summary>Gets a value indicating whether there is a KEYIDX (K).</summary>
    public bool HasKeyIndex { get; init; }

    /// <summary>Gets the number of the key frame that this frame goes back to, 5 bits; wraps.</summary>
    public byte KeyIndex { get; init; }

    /// <summary>Gets a value indicating whether this is the first packet of a key frame. Not part of what is written.</summary>
    public bool StartsKeyFrame { get; init; }

    /// <summary>Gets a value indicating whether this is the first packet of a frame.</summary>
    public bool StartsFrame => StartsPartition && Partition == 0;

    /// <summary>Reads the descriptor at the front of a payload.</summary>
    /// <param name="payload">Decrypted and without padding.</param>
    /// <param name="descriptor">What it says.</param>
    public static PacketFault TryParse(ReadOnlySpan<byte> payload, out Vp8Descriptor descriptor)
    {
        descriptor = default;
        if (payload.Length < 2)
        {
            return PacketFault.Truncated;
        }

        var extended = (payload[0] & ExtendedBit) != 0;
        var present = extended ? payload[1] : 0;
        var length = extended ? 2 : 1;
        var pictureIdOffset = length;
        if ((present & PictureIdBit) != 0)
        {
            length += payload.Length > length && (payload[length] & 0x80) != 0 ? 2 : 1;
        }

        var tl0Offset = length;
        length += (present & Tl0Bit) != 0 ? 1 : 0;
        var layerOffset = length;
        length += (present & (TemporalIdBit | KeyIndexBit)) != 0 ? 1 : 0;
        // A descriptor without anything behind it is no frame's.
        if (payload.Length <= length)
        {
            return PacketFault.Truncated;
        }

        var pictureIdBits =
            (present & PictureIdBit) == 0 ? 0
            : tl0Offset - pictureIdOffset == 2 ? 15
            : 7;
        var layer = (present & (TemporalIdBit | KeyIndexBit)) != 0 ? payload[layerOffset] : (byte)0;
        var hasTemporalId = (present & TemporalIdBit) != 0;
        var startsFrame = (payload[0] & (StartBit | 0x07)) == StartBit;
        descriptor = new()
        {
            Length = (byte)length,
            IsNonReference = (payload[0] & NonReferenceBit) != 0,
            StartsPartition = (payload[0] & StartBit) != 0,
            Partition = (byte)(payload[0] & 0x07),
            PictureIdBits = (byte)pictureIdBits,
            PictureId = pictureIdBits switch
            {
                15 => (ushort)(BinaryPrimitives.ReadUInt16BigEndian(payload[pictureIdOffset..]) & 0x7FFF),
                7 => payload[pictureIdOffset],
                _ => 0,
            },
            HasTl0PictureIndex = (present & Tl0Bit) != 0,
            Tl0PictureIndex = (present & Tl0Bit) != 0 ? payload[tl0Offset] : (byte)0,
            HasTemporalId = hasTemporalId,
            TemporalId = hasTemporalId ? (byte)(layer >> 6) : (byte)0,
            IsLayerSync = hasTemporalId && (layer & 0x20) != 0,
            HasKeyIndex = (present & KeyIndexBit) != 0,
            KeyIndex = (present & KeyIndexBit) != 0 ? (byte)(layer & 0x1F) : (byte)0,
            StartsKeyFrame = startsFrame && (payload[length] & 1) == 0,
        };
        return PacketFault.None;
    }

    /// <summary>Reads a key frame's size.</summary>
    /// <param name="payload">The payload that this descriptor was read from.</param>
    /// <param name="width">In pixels, 1 to 16383.</param>
    /// <param name="height">In pixels, 1 to 16383.</param>
    /// <returns>False when it is not the first packet of a key frame or is cut short.</returns>
    public bool TryReadSize(ReadOnlySpan<byte> payload, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (!StartsKeyFrame || payload.Length < Length + 10)
        {
            return false;
        }

        var frame = payload[Length..];
        if (!frame.Slice(3, 3).SequenceEqual<byte>([0x9D, 0x01, 0x2A]))
        {
            return false;
        }

        width = BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) & 0x3FFF;
        height = BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]) & 0x3FFF;
        return width != 0 && height != 0;
    }

    /// <summary>Writes the descriptor; <see cref="Length"/> is not heeded.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>How many bytes it takes.</returns>
    public int Write(Span<byte> destination)
    {
        var present =
            (PictureIdBits != 0 ? PictureIdBit : 0)
            | (HasTl0PictureIndex ? Tl0Bit : 0)
            | (HasTemporalId ? TemporalIdBit : 0)
            | (HasKeyIndex ? KeyIndexBit : 0);
        destination[0] = (byte)(
            (present != 0 ? ExtendedBit : 0)
            | (IsNonReference ? NonReferenceBit : 0)
            | (StartsPartition ? StartBit : 0)
            | (Partition & 0x07)
        );
        if (present == 0)
        {
            return 1;
        }

        destination[1] = (byte)present;
        var length = 2;
        if (PictureIdBits == 15)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[length..], (ushort)(0x8000 | PictureId));
            length += 2;
        }
        else if (PictureIdBits != 0)
        {
            destination[length++] = (byte)(PictureId & 0x7F);
        }

        if (HasTl0PictureIndex)
        {
            destination[length++] = Tl0PictureIndex;
        }

        if (HasTemporalId || HasKeyIndex)
        {
            destination[length++] = (byte)((TemporalId << 6) | (IsLayerSync ? 0x20 : 0) | (KeyIndex & 0x1F));
        }

        return length;
    }
}
