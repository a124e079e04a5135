using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Interop;
using EventMeet.Media.Srtp.Intrinsics;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>AES-128 counter mode with AES-NI.</summary>
internal sealed unsafe class IntrinsicCounterModeKey : CounterModeKey
{
    private readonly KeyMemory _memory = new(AesBlocks.RoundKeysLength);
    private readonly byte* _roundKeys;
    private readonly bool _wide;

    public IntrinsicCounterModeKey(ReadOnlySpan<byte> key, bool wide)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, AesBlocks.BlockLength, nameof(key));
        _wide = wide;
        _roundKeys = _memory.Pointer;
        AesBlocks.ExpandKey(key, _roundKeys);
    }

    public override void Warm() => KeyMemory.Prefetch(_roundKeys, AesBlocks.RoundKeysLength);

    public override void Apply(Vector128<byte> iv, Span<byte> text, int prefixLength, ReadOnlySpan<byte> rest)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(text.Length, prefixLength + rest.Length, nameof(text));
        fixed (
            byte* textBytes = text,
                restBytes = rest
        )
        {
            AesBlocks.ApplyKeyStream(_roundKeys, iv, textBytes, prefixLength, restBytes, rest.Length, _wide);
        }

        GC.KeepAlive(_memory);
    }

    public override void Dispose() => _memory.Dispose();
}
