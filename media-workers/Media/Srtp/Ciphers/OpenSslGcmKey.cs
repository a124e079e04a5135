using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Interop;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>AES-128-GCM by OpenSSL's EVP.</summary>
internal sealed unsafe class OpenSslGcmKey(ReadOnlySpan<byte> key) : GcmKey
{
    private const int Decrypt = 0;
    private const int Encrypt = 1;

    private readonly CipherContextHandle _context = CipherContextHandle.Create(LibCrypto.Aes128Gcm(), key);

    public override void Seal(
        Vector128<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> body,
        int prefixLength,
        ReadOnlySpan<byte> rest
    )
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(body.Length, prefixLength + rest.Length + TagLength, nameof(body));
        fixed (
            byte* associatedBytes = associated,
                bodyBytes = body,
                restBytes = rest
        )
        {
            Begin(nonce, Encrypt, associatedBytes, associated.Length);
            Transform(bodyBytes, bodyBytes, prefixLength);
            Transform(restBytes, bodyBytes + prefixLength, rest.Length);
            Finish(bodyBytes);
            _ = LibCrypto.Control(_context.Pointer, LibCrypto.GetTag, TagLength, bodyBytes + body.Length - TagLength);
        }
    }

    public override bool TryOpen(Vector128<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> body)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        var length = body.Length - TagLength;
        ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(body));
        fixed (
            byte* associatedBytes = associated,
                bodyBytes = body
        )
        {
            Begin(nonce, Decrypt, associatedBytes, associated.Length);
            _ = LibCrypto.Control(_context.Pointer, LibCrypto.SetTag, TagLength, bodyBytes + length);
            Transform(bodyBytes, bodyBytes, length);
            if (Finish(bodyBytes))
            {
                return true;
            }

            // EVP hands plaintext out before it has seen the tag. Counter mode undoes itself.
            Begin(nonce, Encrypt, associatedBytes, associated.Length);
            Transform(bodyBytes, bodyBytes, length);
            return false;
        }
    }

    public override void Dispose() => _context.Dispose();

    private void Begin(Vector128<byte> nonce, int direction, byte* associated, int associatedLength)
    {
        int written;
        _ = LibCrypto.Initialize(_context.Pointer, 0, 0, null, (byte*)&nonce, direction);
        _ = LibCrypto.Update(_context.Pointer, null, &written, associated, associatedLength);
    }

    private void Transform(byte* source, byte* destination, int length)
    {
        if (length > 0)
        {
            int written;
            _ = LibCrypto.Update(_context.Pointer, destination, &written, source, length);
        }
    }

    private bool Finish(byte* body)
    {
        int written;
        return LibCrypto.Finish(_context.Pointer, body, &written) == 1;
    }
}
