/*  AV1 RTP specification section 4.4, aggregation header

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
    |Z|Y| W |N|-|-|-|   Z: continues a fragment; N: first packet of a coded video sequence
    +-+-+-+-+-+-+-+-+
*/
namespace EventMeet.Media.Codecs;

/// <summary>Recognises the start of an AV1 coded video sequence, which is a key frame.</summary>
internal static class Av1KeyFrame
{
    /// <summary>Does a coded video sequence start in this packet?</summary>
    public static bool StartsAt(ReadOnlySpan<byte> payload) => !payload.IsEmpty && (payload[0] & 0x88) == 0x08;
}
