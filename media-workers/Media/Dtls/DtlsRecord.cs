using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Dtls;

/*  RFC 6347 section 4.1; a datagram holds one or more records:

    | type (8) | version (16) | epoch (16) | sequence number (48) | length (16) | that many bytes |                       */

/// <summary>Walks the record headers of a datagram; the records' contents are OpenSSL's.</summary>
internal static class DtlsRecord
{
    /// <summary>The length of a record's header in bytes.</summary>
    public const int HeaderLength = 13;

    private const int EpochOffset = 3;
    private const int SequenceNumberOffset = 5;
    private const int LengthOffset = 11;

    /// <summary>Checks the first record's header; what follows it is dropped by OpenSSL where it is wrong.</summary>
    public static PacketFault Check(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < HeaderLength)
        {
            return PacketFault.Truncated;
        }

        // change_cipher_spec 20, alert 21, handshake 22, application_data 23.
        if (datagram[0] is < 20 or > 23)
        {
            return PacketFault.Malformed;
        }

        // 1.0 in a ClientHello's record, 1.2 in others; RFC 6347 section 4.1 has no more.
        if (datagram[1] != 0xFE || datagram[2] is not (0xFD or 0xFF))
        {
            return PacketFault.WrongVersion;
        }

        return LengthOf(datagram) > datagram.Length ? PacketFault.Truncated : PacketFault.None;
    }

    /// <summary>Where the first record beyond epoch 0 begins; the whole length when there is none.</summary>
    public static int LengthOfEpochZero(ReadOnlySpan<byte> datagram)
    {
        var offset = 0;
        while (offset + HeaderLength <= datagram.Length && EpochOf(datagram[offset..]) == 0)
        {
            offset += LengthOf(datagram[offset..]);
        }

        return Math.Min(offset, datagram.Length);
    }

    /// <summary>
    /// Gives every record of epoch 0 the next number of a count. Nothing protects these numbers, so a record that is
    /// sent again can have a fresh one, without which the peer's replay window would drop it (RFC 6347 section 4.2.4).
    /// </summary>
    public static void Renumber(Span<byte> datagram, ref ulong next)
    {
        for (var rest = datagram; rest.Length >= HeaderLength; )
        {
            var record = rest[..Math.Min(LengthOf(rest), rest.Length)];
            rest = rest[record.Length..];
            if (EpochOf(record) == 0)
            {
                // The 16 bits before the number are the epoch, which is 0.
                BinaryPrimitives.WriteUInt64BigEndian(record[(SequenceNumberOffset - 2)..], next++);
            }
        }
    }

    private static int EpochOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt16BigEndian(record[EpochOffset..]);

    private static int LengthOf(ReadOnlySpan<byte> record) =>
        HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(record[LengthOffset..]);
}
