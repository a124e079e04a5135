using System.Text;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Sdp;

namespace EventMeet.Functions.Sessions;

/// <summary>Turns bodies into text, and what is wrong with them into problems.</summary>
internal static class SdpProblems
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>Gets the problem for a refused description.</summary>
    public static Problem Of(SdpRefusal refusal) =>
        new(
            refusal.Kind switch
            {
                SdpRefusalKind.Malformed => Refusal.SdpMalformed,
                SdpRefusalKind.NotAllowed => Refusal.NotAllowed,
                _ => Refusal.SdpUnusable,
            },
            refusal.Detail
        );

    /// <summary>Reads a body as text; null when it is not UTF-8.</summary>
    public static string? TryDecode(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Strict.GetString(body.Span);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Reads a description, or says what is wrong with it.</summary>
    public static Problem? TryRead(ReadOnlyMemory<byte> body, out SdpDescription? description)
    {
        description = null;
        if (TryDecode(body) is not { } text)
        {
            return new Problem(Refusal.SdpMalformed, "The body is not UTF-8.");
        }

        return SdpReader.TryRead(text, out description) is { } refusal ? Of(refusal) : null;
    }
}
