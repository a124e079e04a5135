using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Dtls;

/*  RFC 6347 section 4.1; a datagram holds one or more records:

    | type (8) | version (16) | epoch (16) | sequence number (48) | length (16) | that many bytes |                       */

/// <summary>Reads, walks and writes record headers.</summary>
internal static class DtlsRecord
{
    /// <summary>The length of a record's header in bytes.</summary>
    public const int HeaderLength = 13;

    private const int VersionOffset = 1;
    private const int EpochOffset = 3;
    private const int LengthOffset = 11;
    private const int NumberLength = sizeof(ulong);
    private const int NumberBits = 48;
    private const ushort Version12 = 0xFEFD;

    /// <summary>Checks the first record's header; what follows it is dropped where it is wrong.</summary>
    public static PacketFault Check(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < HeaderLength)
        {
            return PacketFault.Truncated;
        }

        if (TypeOf(datagram) is < DtlsContentType.ChangeCipherSpec or > DtlsContentType.ApplicationData)
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

    /// <summary>Cuts the next whole record off a datagram.</summary>
    public static bool TryCut(ref ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (datagram.Length < HeaderLength || LengthOf(datagram) > datagram.Length)
        {
            return false;
        }

        record = datagram[..LengthOf(datagram)];
        datagram = datagram[record.Length..];
        return true;
    }

    /// <summary>The type of a record.</summary>
    public static DtlsContentType TypeOf(ReadOnlySpan<byte> record) => (DtlsContentType)record[0];

    /// <summary>How many times the sender's keys have changed.</summary>
    public static int EpochOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16BigEndian(record[EpochOffset..]);

    /// <summary>The sequence number, 48 bits.</summary>
    public static ulong NumberOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt64BigEndian(record[EpochOffset..]) & ((1UL << NumberBits) - 1);

    /// <summary>The eight bytes of epoch and sequence number.</summary>
    public static ReadOnlySpan<byte> NumberWithEpoch(ReadOnlySpan<byte> record) =>
        record.Slice(EpochOffset, NumberLength);

    /// <summary>Writes a header of DTLS 1.2.</summary>
    public static void WriteHeader(
        Span<byte> destination,
        DtlsContentType type,
        int epoch,
        ulong number,
        int fragmentLength
    )
    {
        destination[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[VersionOffset..], Version12);
        BinaryPrimitives.WriteUInt64BigEndian(destination[EpochOffset..], ((ulong)epoch << NumberBits) | number);
        BinaryPrimitives.WriteUInt16BigEndian(destination[LengthOffset..], (ushort)fragmentLength);
    }

    /// <summary>Where the first record beyond epoch 0 begins; the whole length when there is none.</summary>
    public static int LengthOfEpochZero(ReadOnlySpan<byte> datagram)
    {
        var rest = datagram;
        while (rest.Length >= HeaderLength && EpochOf(rest) == 0)
        {
            rest = rest[Math.Min(LengthOf(rest), rest.Length)..];
        }

        return datagram.Length - rest.Length;
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
                BinaryPrimitives.WriteUInt64BigEndian(record[EpochOffset..], next++);
            }
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> record) =>
        HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(record[LengthOffset..]);
}
