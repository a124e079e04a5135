using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/*  The cookie is read by nobody but us (RFC 9260 section 5.1.3):

    |  made at, microseconds (64)  |  our tag (32)  |  peer's tag (32)  |  our TSN (32)  |  peer's TSN (32)  |
    |  peer's window (32)  |  peer's outbound (16), inbound streams (16)  |  our, peer's tie tag (32, 32)  |
    |  peer's capabilities (8)  |  HMAC-SHA256 of all that (256)
*/

/// <summary>Everything needed to establish an association, in the peer's keeping until it echoes it.</summary>
/// <param name="MadeAt">When the INIT ACK was made.</param>
/// <param name="LocalTag">Our tag.</param>
/// <param name="PeerTag">The peer's.</param>
/// <param name="LocalTsn">Our first TSN.</param>
/// <param name="PeerTsn">The peer's.</param>
/// <param name="PeerWindow">How many bytes the peer can take.</param>
/// <param name="PeerOutbound">How many streams the peer sends on.</param>
/// <param name="PeerInbound">How many streams we may send on.</param>
/// <param name="LocalTieTag">Our tag of the association there was already; zero without one.</param>
/// <param name="PeerTieTag">The peer's.</param>
/// <param name="Capabilities">What the peer can do.</param>
internal readonly record struct StateCookie(
    MonotonicTime MadeAt,
    uint LocalTag,
    uint PeerTag,
    Tsn LocalTsn,
    Tsn PeerTsn,
    uint PeerWindow,
    ushort PeerOutbound,
    ushort PeerInbound,
    uint LocalTieTag,
    uint PeerTieTag,
    PeerCapabilities Capabilities
)
{
    /// <summary>How long a cookie is.</summary>
    public const int EncodedLength = BodyLength + HMACSHA256.HashSizeInBytes;

    /// <summary>How long its key is.</summary>
    public const int KeyLength = 32;

    private const int BodyLength = 41;

    /// <summary>Writes the cookie and signs it.</summary>
    public void Write(Span<byte> destination, ReadOnlySpan<byte> key)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, MadeAt.Microseconds);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], LocalTag);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], PeerTag);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], LocalTsn.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], PeerTsn.Value);
        BinaryPrimitives.WriteUInt32BigEndian(destination[24..], PeerWindow);
        BinaryPrimitives.WriteUInt16BigEndian(destination[28..], PeerOutbound);
        BinaryPrimitives.WriteUInt16BigEndian(destination[30..], PeerInbound);
        BinaryPrimitives.WriteUInt32BigEndian(destination[32..], LocalTieTag);
        BinaryPrimitives.WriteUInt32BigEndian(destination[36..], PeerTieTag);
        destination[40] = (byte)Capabilities;
        _ = HMACSHA256.HashData(key, destination[..BodyLength], destination[BodyLength..EncodedLength]);
    }

    /// <summary>Reads a cookie that we have signed; false for any other.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ReadOnlySpan<byte> key, out StateCookie cookie)
    {
        cookie = default;
        if (source.Length != EncodedLength)
        {
            return false;
        }

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _ = HMACSHA256.HashData(key, source[..BodyLength], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, source[BodyLength..]))
        {
            return false;
        }

        cookie = new(
            new(BinaryPrimitives.ReadInt64BigEndian(source)),
            BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
            new(BinaryPrimitives.ReadUInt32BigEndian(source[16..])),
            new(BinaryPrimitives.ReadUInt32BigEndian(source[20..])),
            BinaryPrimitives.ReadUInt32BigEndian(source[24..]),
            BinaryPrimitives.ReadUInt16BigEndian(source[28..]),
            BinaryPrimitives.ReadUInt16BigEndian(source[30..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[32..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[36..]),
            (PeerCapabilities)source[40]
        );
        return true;
    }
}
