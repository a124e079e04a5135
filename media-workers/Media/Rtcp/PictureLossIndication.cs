/*  RFC 4585 section 6.3.1: PT=PSFB=206, FMT=1; the two SSRCs and nothing else  */
using EventMeet.Media.Packets;

namespace EventMeet.Media.Rtcp;

/// <summary>A receiver lost a picture and needs a key frame.</summary>
/// <param name="SenderSsrc">Who asks.</param>
/// <param name="MediaSsrc">Whose key frame is wanted.</param>
internal readonly record struct PictureLossIndication(uint SenderSsrc, uint MediaSsrc)
{
    /// <summary>Reads a PLI.</summary>
    public static PacketFault TryParse(scoped in RtcpPacket packet, out PictureLossIndication indication)
    {
        var valid = packet.IsPayloadFeedback(FeedbackFormat.PictureLossIndication);
        indication = valid ? new(packet.ReadWord(0), packet.ReadWord(4)) : default;
        return valid ? PacketFault.None : PacketFault.RtcpMalformed;
    }
}
