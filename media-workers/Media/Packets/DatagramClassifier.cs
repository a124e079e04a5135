namespace EventMeet.Media.Packets;

/*  RFC 7983 section 7, by the first byte:

        0..3    STUN            64..79    TURN channel (not ours)
       16..19   ZRTP (not ours) 128..191  RTP, RTCP (version 2)
       20..63   DTLS

    RFC 5761 section 4: of the last group, a second byte of 192..223 (payload type 64..95 with the marker) is RTCP.  */

/// <summary>Tells the protocols apart that share one port.</summary>
public static class DatagramClassifier
{
    /// <summary>Says what a datagram is; looks at two bytes only, so the protocol may still refuse it.</summary>
    public static DatagramKind Classify(ReadOnlySpan<byte> datagram) =>
        datagram switch
        {
            [<= 3, ..] => DatagramKind.Stun,
            [>= 20 and <= 63, ..] => DatagramKind.Dtls,
            [>= 128 and <= 191, >= 192 and <= 223, ..] => DatagramKind.Rtcp,
            [>= 128 and <= 191, ..] => DatagramKind.Rtp,
            _ => DatagramKind.Unknown,
        };
}
