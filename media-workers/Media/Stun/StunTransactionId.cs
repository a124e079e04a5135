using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventMeet.Media.Stun;

/// <summary>The 96 bits that pair a response with its request (RFC 8489 section 5).</summary>
/// <param name="High">The first four bytes, in network order.</param>
/// <param name="Low">The last eight.</param>
internal readonly record struct StunTransactionId(uint High, ulong Low)
{
    /// <summary>Its length in bytes.</summary>
    public const int Length = 12;

    /// <summary>Makes one that nobody off the path can guess.</summary>
    public static StunTransactionId Generate()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    /// <summary>Reads one from 12 bytes.</summary>
    public static StunTransactionId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[4..]));

    /// <summary>Writes it to 12 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[4..], Low);
    }
}
