using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using EventMeet.Media.Srtp.Interop;
using EventMeet.Media.Srtp.Intrinsics;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;

namespace EventMeet.Media.Srtp.Ciphers;

/*  The key's memory, 432 bytes:  | H^16 ... H^1 (256) | eleven round keys (176) |  */

/// <summary>AES-128-GCM with the processor's own instructions: counter mode from plaintext to packet, then GHASH over it.</summary>
internal sealed unsafe class IntrinsicGcmKey : GcmKey
{
    private const int BitsPerByte = 8;

    private readonly KeyMemory _memory = new(GhashField.PowersLength + AesBlocks.RoundKeysLength);
    private readonly bool _wide;

    public IntrinsicGcmKey(ReadOnlySpan<byte> key, bool wide)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, AesBlocks.BlockLength, nameof(key));
        _wide = wide;
        AesBlocks.ExpandKey(key, RoundKeys);
        GhashField.ExpandPowers(AesBlocks.Encrypt(RoundKeys, Vector128<byte>.Zero), Powers);
    }

    private Element* Powers => (Element*)_memory.Pointer;

    private byte* RoundKeys => _memory.Pointer + GhashField.PowersLength;

    public override void Seal(
        Vector128<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> body,
        int prefixLength,
        ReadOnlySpan<byte> rest
    )
    {
        Debug.Assert(body.Length == prefixLength + rest.Length + TagLength, "The body has room for exactly its parts.");
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        var length = body.Length - TagLength;
        AesBlocks.ApplyKeyStream(RoundKeys, CounterBlock(nonce, 2), body[..length], prefixLength, rest, _wide);
        Tag(nonce, associated, body[..length]).CopyTo(body[length..]);
    }

    public override bool TryOpen(Vector128<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> body)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        var text = body[..^TagLength];
        Span<byte> right = stackalloc byte[TagLength];
        Tag(nonce, associated, text).CopyTo(right);
        if (!CryptographicOperations.FixedTimeEquals(right, body[^TagLength..]))
        {
            return false;
        }

        AesBlocks.ApplyKeyStream(RoundKeys, CounterBlock(nonce, 2), text, text.Length, [], _wide);
        return true;
    }

    public override void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> CounterBlock(Vector128<byte> nonce, byte counter) => nonce.WithElement(15, counter);

    private Vector128<byte> Tag(Vector128<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> text)
    {
        var lengths = Vector128.Create((ulong)text.Length * BitsPerByte, (ulong)associated.Length * BitsPerByte);
        var mask = AesBlocks.Encrypt(RoundKeys, CounterBlock(nonce, 1));
        fixed (
            byte* associatedBytes = associated,
                textBytes = text
        )
        {
            if (_wide)
            {
                var wideSum = WideGhash.Absorb(Powers, default, associatedBytes, associated.Length);
                return mask ^ WideGhash.Finish(Powers, wideSum, textBytes, text.Length, lengths);
            }

            var sum = NarrowGhash.Absorb(Powers, default, associatedBytes, associated.Length);
            sum = NarrowGhash.Absorb(Powers, sum, textBytes, text.Length);
            return mask ^ NarrowGhash.Finish(Powers, sum, lengths);
        }
    }
}
