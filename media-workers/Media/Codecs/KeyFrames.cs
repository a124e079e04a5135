using EventMeet.Media.Packets;

namespace EventMeet.Media.Codecs;

/// <summary>Tells where a decoder can start. A codec that is added gets a line here.</summary>
internal static class KeyFrames
{
    /// <summary>Is this the first packet of a key frame?</summary>
    /// <param name="kind">The codec. Every packet of an audio codec is one to start from.</param>
    /// <param name="payload">Decrypted and without padding; empty (padding alone) is none.</param>
    public static bool IsKeyFrame(CodecKind kind, ReadOnlySpan<byte> payload) =>
        !payload.IsEmpty
        && kind switch
        {
            CodecKind.Vp8 => Vp8Descriptor.TryParse(payload, out var descriptor) == PacketFault.None
                && descriptor.StartsKeyFrame,
            CodecKind.Vp9 => Vp9KeyFrame.StartsAt(payload),
            CodecKind.H264 => H264KeyFrame.StartsAt(payload),
            CodecKind.Av1 => Av1KeyFrame.StartsAt(payload),
            // Nothing tells, so nothing may be waited for.
            _ => true,
        };
}
