/*  RFC 9628 section 4.2

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
    |I|P|L|F|B|E|V|Z|   P: predicted from another frame; B: begins a frame
    +-+-+-+-+-+-+-+-+
 I: |M| PICTURE ID  |   8 more bits if M
 L: | TID |U| SID |D|   D: predicted from the lower spatial layer
*/
namespace EventMeet.Media.Codecs;

/// <summary>Recognises a VP9 key frame by its payload descriptor.</summary>
internal static class Vp9KeyFrame
{
    /// <summary>Is this the first packet of a key picture: not predicted, beginning, in the lowest spatial layer?</summary>
    public static bool StartsAt(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || (payload[0] & 0x40) != 0 || (payload[0] & 0x08) == 0)
        {
            return false;
        }

        if ((payload[0] & 0x20) == 0)
        {
            return true;
        }

        var layerOffset = 1;
        if ((payload[0] & 0x80) != 0)
        {
            layerOffset += payload.Length > 1 && (payload[1] & 0x80) != 0 ? 2 : 1;
        }

        return payload.Length > layerOffset && ((payload[layerOffset] >> 1) & 7) == 0;
    }
}
