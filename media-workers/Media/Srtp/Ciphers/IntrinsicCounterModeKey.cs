using System.Runtime.Intrinsics;
using EventMeet.Media.Srtp.Interop;
using EventMeet.Media.Srtp.Intrinsics;

namespace EventMeet.Media.Srtp.Ciphers;

/// <summary>AES-128 counter mode with AES-NI.</summary>
internal sealed unsafe class IntrinsicCounterModeKey : CounterModeKey
{
    private readonly KeyMemory _memory = new(AesBlocks.RoundKeysLength);
    private readonly bool _wide;

    public IntrinsicCounterModeKey(ReadOnlySpan<byte> key, bool wide)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, AesBlocks.BlockLength, nameof(key));
        _wide = wide;
        AesBlocks.ExpandKey(key, _memory.Pointer);
    }

    public override void Apply(Vector128<byte> iv, Span<byte> text, int prefixLength, ReadOnlySpan<byte> rest)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        AesBlocks.ApplyKeyStream(_memory.Pointer, iv, text, prefixLength, rest, _wide);
    }

    public override void Dispose() => _memory.Dispose();
}
