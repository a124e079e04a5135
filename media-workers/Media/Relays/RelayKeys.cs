using System.Security.Cryptography;

namespace EventMeet.Media.Relays;

/// <summary>The SRTP master keys of a relay's two directions: 16 bytes of key and 12 of salt each (RFC 7714).</summary>
public sealed class RelayKeys
{
    /// <summary>Bytes of one key and its salt.</summary>
    public const int Length = 28;

    private readonly byte[] _sender;
    private readonly byte[] _receiver;

    private RelayKeys(byte[] sender, byte[] receiver) => (_sender, _receiver) = (sender, receiver);

    /// <summary>Gets what protects what flows with the media.</summary>
    internal ReadOnlySpan<byte> Sender => _sender;

    /// <summary>Gets what protects what flows back.</summary>
    internal ReadOnlySpan<byte> Receiver => _receiver;

    /// <summary>Reads both keys.</summary>
    /// <param name="sender">Base64 of 28 bytes.</param>
    /// <param name="receiver">Base64 of 28 bytes, others.</param>
    /// <param name="keys">The keys.</param>
    /// <returns>False when one of them is no key, or both are the same: that would use one key stream twice.</returns>
    public static bool TryParse(string? sender, string? receiver, out RelayKeys keys)
    {
        keys = null!;
        var (first, second) = (new byte[Length], new byte[Length]);
        if (
            !Convert.TryFromBase64String(sender ?? string.Empty, first, out var senderLength)
            || !Convert.TryFromBase64String(receiver ?? string.Empty, second, out var receiverLength)
            || senderLength != Length
            || receiverLength != Length
            || CryptographicOperations.FixedTimeEquals(first, second)
        )
        {
            return false;
        }

        keys = new(first, second);
        return true;
    }

    /// <summary>Never the keys.</summary>
    public override string ToString() => "(secret)";
}
