using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Interop;
using EventMeet.Media.Srtp.Intrinsics;
using Element = System.Runtime.Intrinsics.Vector128<ulong>;

namespace EventMeet.Media.Srtp.Ciphers;

/*  The key's memory, 432 bytes:  | H^16 ... H^1 (256) | eleven round keys (176) |  */

/// <summary>AES-128-GCM with the processor's own instructions: counter mode from plaintext to packet, and GHASH over it.</summary>
internal sealed unsafe class IntrinsicGcmKey : GcmKey
{
    private readonly KeyMemory _memory = new(GhashField.PowersLength + AesBlocks.RoundKeysLength);
    private readonly Element* _powers;
    private readonly byte* _roundKeys;
    private readonly bool _wide;

    public IntrinsicGcmKey(ReadOnlySpan<byte> key, bool wide)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, AesBlocks.BlockLength, nameof(key));
        _wide = wide;
        _powers = (Element*)_memory.Pointer;
        _roundKeys = _memory.Pointer + GhashField.PowersLength;
        AesBlocks.ExpandKey(key, _roundKeys);
        GhashField.ExpandPowers(AesBlocks.Encrypt(_roundKeys, Vector128<byte>.Zero), _powers);
    }

    public override void Warm() =>
        KeyMemory.Prefetch((byte*)_powers, GhashField.PowersLength + AesBlocks.RoundKeysLength);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Seal(
        Vector128<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> body,
        int prefixLength,
        ReadOnlySpan<byte> rest
    )
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        var length = prefixLength + rest.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(body.Length, length + TagLength, nameof(body));
        fixed (
            byte* associatedBytes = associated,
                bodyBytes = body,
                restBytes = rest
        )
        {
            if (_wide && length >= WideGhash.StrideLength)
            {
                SealLong(nonce, associatedBytes, associated.Length, bodyBytes, prefixLength, restBytes, rest.Length);
            }
            else
            {
                var counter = CounterBlock(nonce, 2);
                AesBlocks.ApplyKeyStream(_roundKeys, counter, bodyBytes, prefixLength, restBytes, rest.Length, _wide);
                Tag(nonce, associatedBytes, associated.Length, bodyBytes, length).Store(bodyBytes + length);
            }
        }

        GC.KeepAlive(_memory);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool TryOpen(Vector128<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> body)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        var length = body.Length - TagLength;
        ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(body));
        fixed (
            byte* associatedBytes = associated,
                bodyBytes = body
        )
        {
            // Sixteen bytes are compared by one instruction: the time says nothing about where they differ.
            var tag = Tag(nonce, associatedBytes, associated.Length, bodyBytes, length);
            var authentic = Vector128.EqualsAll(tag, Vector128.Load(bodyBytes + length));
            if (authentic)
            {
                AesBlocks.ApplyKeyStream(_roundKeys, CounterBlock(nonce, 2), bodyBytes, length, null, 0, _wide);
            }

            GC.KeepAlive(_memory);
            return authentic;
        }
    }

    public override void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> CounterBlock(Vector128<byte> nonce, byte counter) =>
        nonce | Vector128.Create(0, 0, 0, (uint)counter << 24).AsByte();

    // Apart, so that an audio packet does not pay for the many registers that this saves.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining), SkipLocalsInit]
    private void SealLong(
        Vector128<byte> nonce,
        byte* associated,
        int associatedLength,
        byte* text,
        int prefixLength,
        byte* rest,
        int restLength
    )
    {
        var length = prefixLength + restLength;
        var counter = CounterBlock(nonce, 2);
        var sum = WideGhash.Absorb(_powers, default, associated, associatedLength);
        sum = AesBlocks.ApplyKeyStreamAndHash(_roundKeys, counter, text, prefixLength, rest, restLength, _powers, sum);
        var tag = Mask(nonce) ^ WideGhash.Finish(_powers, sum, associatedLength, text, length);
        tag.Store(text + length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<byte> Mask(Vector128<byte> nonce) => AesBlocks.Encrypt(_roundKeys, CounterBlock(nonce, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<byte> Tag(
        Vector128<byte> nonce,
        byte* associated,
        int associatedLength,
        byte* text,
        int length
    ) =>
        Mask(nonce)
        ^ (
            _wide
                ? WideGhash.Compute(_powers, associated, associatedLength, text, length)
                : NarrowGhash.Compute(_powers, associated, associatedLength, text, length)
        );
}
