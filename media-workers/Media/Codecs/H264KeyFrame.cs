/*  RFC 6184 sections 5.3, 5.7.1, 5.8

    +-+-+-+-+-+-+-+-+  Type 1-23: one NAL unit; 24: STAP-A, each unit behind 16 bits of size;
    |F|NRI|  Type   |  28: FU-A, whose second byte is |S|E|R| Type |, S in the first fragment
    +-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;

namespace EventMeet.Media.Codecs;

/// <summary>Recognises an H.264 key frame by its NAL unit types.</summary>
internal static class H264KeyFrame
{
    private const int IdrSlice = 5;
    private const int SequenceParameterSet = 7;
    private const int StapA = 24;
    private const int FuA = 28;

    /// <summary>Does an IDR picture, or the parameter sets in front of it, start in this packet?</summary>
    public static bool StartsAt(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return false;
        }

        return (payload[0] & 0x1F) switch
        {
            StapA => AnyStarts(payload[1..]),
            FuA => payload.Length > 1 && (payload[1] & 0x80) != 0 && Starts(payload[1] & 0x1F),
            var type => Starts(type),
        };
    }

    private static bool AnyStarts(ReadOnlySpan<byte> units)
    {
        while (units.Length > 2)
        {
            var size = BinaryPrimitives.ReadUInt16BigEndian(units);
            if (Starts(units[2] & 0x1F))
            {
                return true;
            }

            if (size > units.Length - 2)
            {
                return false;
            }

            units = units[(2 + size)..];
        }

        return false;
    }

    private static bool Starts(int type) => type is IdrSlice or SequenceParameterSet;
}
