using System.Buffers.Binary;
using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;

namespace EventMeet.Testing.Content;

/// <summary>Writes and reads VP8-shaped payloads: a real descriptor and, where a frame starts, a real payload header.</summary>
internal static class VideoPackets
{
    private const int KeyHeaderLength = 10;
    private const int DeltaHeaderLength = 3;
    private const int MaxContent = 1100;

    /// <summary>How many packets a frame of so many bytes takes.</summary>
    public static int CountFor(int frameLength) =>
        Math.Clamp((frameLength + MaxContent - 1) / MaxContent, 1, byte.MaxValue);

    /// <summary>Writes one packet's payload.</summary>
    /// <returns>Its length.</returns>
    public static int Write(Span<byte> payload, in ContentSignature signature, in VideoFrame frame)
    {
        var length = Describe(frame, signature.Position == 0).Write(payload);
        length += signature.Position == 0 ? WriteFrameHeader(payload[length..], frame) : 0;

        // The pieces of a frame differ by a byte at most, as those of an encoder do.
        var rest = Math.Max(frame.Length, signature.Count * ContentSignature.Length);
        var content = Math.Max(
            ContentSignature.Length,
            (rest / signature.Count) + (signature.Position < rest % signature.Count ? 1 : 0)
        );
        signature.Write(payload.Slice(length, content));
        return length + content;
    }

    /// <summary>Splits a picture that an encoder made.</summary>
    /// <returns>The payloads of its packets, and which is the last.</returns>
    public static IEnumerable<(byte[] Payload, bool IsLast)> Split(ReadOnlyMemory<byte> picture, VideoFrame frame)
    {
        var rest = picture;
        for (var position = 0; position == 0 || rest.Length > 0; position++)
        {
            var piece = rest[..Math.Min(rest.Length, MaxContent)];
            rest = rest[piece.Length..];
            var payload = new byte[Vp8Descriptor.MaxLength + piece.Length];
            var length = Describe(frame, position == 0).Write(payload);
            piece.Span.CopyTo(payload.AsSpan(length));
            yield return (payload[..(length + piece.Length)], rest.IsEmpty);
        }
    }

    /// <summary>Reads a payload and checks its content.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Vp8Descriptor descriptor, out ContentSignature signature)
    {
        signature = default;
        if (Vp8Descriptor.TryParse(payload, out descriptor) is not PacketFault.None)
        {
            return false;
        }

        var start = descriptor.Length + HeaderLengthOf(descriptor);
        return payload.Length >= start && ContentSignature.TryRead(payload[start..], out signature);
    }

    private static Vp8Descriptor Describe(in VideoFrame frame, bool startsFrame) =>
        new()
        {
            StartsPartition = startsFrame,
            PictureIdBits = 15,
            PictureId = frame.PictureId,
            HasTl0PictureIndex = true,
            Tl0PictureIndex = frame.Tl0PictureIndex,
            HasTemporalId = true,
            HasKeyIndex = true,
            KeyIndex = frame.KeyIndex,
        };

    private static int HeaderLengthOf(in Vp8Descriptor descriptor) =>
        descriptor.StartsKeyFrame ? KeyHeaderLength
        : descriptor.StartsFrame ? DeltaHeaderLength
        : 0;

    private static int WriteFrameHeader(Span<byte> payload, in VideoFrame frame)
    {
        var firstPartition = Math.Min(frame.Length, 0x7FFFF);
        var tag = (frame.IsKey ? 0 : 1) | 0x10 | (firstPartition << 5);
        payload[0] = (byte)tag;
        payload[1] = (byte)(tag >> 8);
        payload[2] = (byte)(tag >> 16);
        if (!frame.IsKey)
        {
            return DeltaHeaderLength;
        }

        ReadOnlySpan<byte> startCode = [0x9D, 0x01, 0x2A];
        startCode.CopyTo(payload[3..]);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[6..], (ushort)(frame.Height * 16 / 9));
        BinaryPrimitives.WriteUInt16LittleEndian(payload[8..], frame.Height);
        return KeyHeaderLength;
    }
}

/// <summary>What a packet says of the frame that it belongs to.</summary>
/// <param name="IsKey">A decoder can start here.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Length">Of all its content, in bytes.</param>
/// <param name="PictureId">15 bits; wraps.</param>
/// <param name="Tl0PictureIndex">Wraps.</param>
/// <param name="KeyIndex">5 bits; wraps.</param>
internal readonly record struct VideoFrame(
    bool IsKey,
    ushort Height,
    int Length,
    ushort PictureId,
    byte Tl0PictureIndex,
    byte KeyIndex
);
