using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventMeet.Functions.Keys;

namespace EventMeet.Functions.Hosting;

/// <summary>Seals kept answers with AES-256-GCM: they may hold an API key's secret or an ICE password.</summary>
/*  base64 of:  |  nonce (12 bytes)  |  tag (16)  |  JSON of the answer, encrypted  |  */
internal sealed class ReplySeal(KeyRing ring)
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key = ring.SealingKey("kept answers");

    /// <summary>Seals an answer whose problem, if it is one, is written out already.</summary>
    public string Close(Reply reply)
    {
        KeptReply kept = new(
            reply.Status,
            reply.ContentType,
            Convert.ToBase64String(reply.Body.Span),
            [.. reply.Headers.Select(header => new KeptHeader(header.Name, header.Value))]
        );
        var plain = JsonSerializer.SerializeToUtf8Bytes(kept, IdempotencyJsonContext.Default.KeptReply);
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using AesGcm cipher = new(_key, TagBytes);
        cipher.Encrypt(
            nonce,
            plain,
            sealedBytes.AsSpan(NonceBytes + TagBytes),
            sealedBytes.AsSpan(NonceBytes, TagBytes)
        );
        return Convert.ToBase64String(sealedBytes);
    }

    /// <summary>Opens a sealed answer; null when it was sealed under another master key.</summary>
    public Reply? Open(string text)
    {
        var sealedBytes = Convert.FromBase64String(text);
        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using AesGcm cipher = new(_key, TagBytes);
        try
        {
            cipher.Decrypt(
                sealedBytes.AsSpan(0, NonceBytes),
                sealedBytes.AsSpan(NonceBytes + TagBytes),
                sealedBytes.AsSpan(NonceBytes, TagBytes),
                plain
            );
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        var kept = JsonSerializer.Deserialize(plain, IdempotencyJsonContext.Default.KeptReply)!;
        return new Reply(kept.Status, kept.ContentType, Convert.FromBase64String(kept.Body))
        {
            Headers = [.. kept.Headers.Select(header => (header.Name, header.Value))],
        };
    }
}

/// <summary>An answer as it is kept.</summary>
internal sealed record KeptReply(int Status, string? ContentType, string Body, IReadOnlyList<KeptHeader> Headers);

/// <summary>A header of it.</summary>
internal sealed record KeptHeader(string Name, string Value);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(IdempotencyRow))]
[JsonSerializable(typeof(KeptReply))]
internal sealed partial class IdempotencyJsonContext : JsonSerializerContext;
