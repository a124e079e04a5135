using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Interop;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>AES-128 counter mode by OpenSSL's EVP.</summary>
internal sealed unsafe class OpenSslCounterModeKey(ReadOnlySpan<byte> key) : CounterModeKey
{
    private readonly CipherContextHandle _context = CipherContextHandle.Create(LibCrypto.Aes128Ctr(), key);

    public override void Apply(Vector128<byte> iv, Span<byte> text, int prefixLength, ReadOnlySpan<byte> rest)
    {
        ObjectDisposedException.ThrowIf(_context.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(text.Length, prefixLength + rest.Length, nameof(text));
        fixed (
            byte* textBytes = text,
                restBytes = rest
        )
        {
            int written;
            _ = LibCrypto.Initialize(_context.Pointer, 0, 0, null, (byte*)&iv, -1);
            _ = LibCrypto.Update(_context.Pointer, textBytes, &written, textBytes, prefixLength);
            _ = LibCrypto.Update(_context.Pointer, textBytes + prefixLength, &written, restBytes, rest.Length);
        }
    }

    public override void Dispose() => _context.Dispose();
}
