namespace EventMeet.Testing.Content;

/// <summary>Writes and reads Opus-shaped payloads: a real TOC byte (RFC 6716 section 3.1) and a signature.</summary>
internal static class AudioPackets
{
    // Hybrid, full band, 20 ms, mono, one frame.
    private const byte Toc = 15 << 3;
    private const int ContentLength = 79;

    /// <summary>Every packet's length, in bytes.</summary>
    public const int Length = ContentLength + 1;

    public static int Write(Span<byte> payload, in ContentSignature signature)
    {
        payload[0] = Toc;
        signature.Write(payload.Slice(1, ContentLength));
        return Length;
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out ContentSignature signature)
    {
        signature = default;
        return payload.Length == Length && payload[0] == Toc && ContentSignature.TryRead(payload[1..], out signature);
    }
}
