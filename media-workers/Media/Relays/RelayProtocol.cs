using EventMeet.Media.Sctp;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Relays;

/*  One UDP flow; every datagram is protected with AEAD_AES_128_GCM (RFC 7714), one master key per direction.

    sender to receiver                                   receiver to sender
    SRTP   a stream per track, and one of its RTX        -
    SRTCP  RR (empty), then any of:                      SRTCP  RR (blocks), then any of:
             SR of each track, each second                        NACK, PLI
             APP "SCTP"                                           APP "SCTP"
             BYE                                                  BYE

    Every compound packet begins with an RR under its end's own SSRC. The sender chooses its own by chance; the receiver's
    is its complement, so that the shard knows by the eight clear bytes of a packet which relay it is for.  */

/// <summary>Numbers that both ends of a relay agree on.</summary>
internal static class RelayProtocol
{
    /// <summary>"SCTP", the name of the APP packets that carry SCTP packets.</summary>
    public const uint SctpName = 0x5343_5450;

    /// <summary>No end has more addresses.</summary>
    public const int MaxAddresses = 8;

    /// <summary>At most so many tracks at a time.</summary>
    public const int MaxTracks = 1024;

    /// <summary>At most so many in a relay's life: each leaves two SSRCs behind in the replay protection.</summary>
    public const int MaxTracksEver = 4000;

    /// <summary>A track's SSRC and that of its RTX, for each, and both ends' own.</summary>
    public const int MaxSources = (2 * MaxTracksEver) + 2;

    /// <summary>Each end says something at least so often.</summary>
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(1);

    /// <summary>An end that has heard nothing for so long takes the other for gone.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    /// <summary>A receiver that has not answered for so long will not any more.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The receiving end's SSRC.</summary>
    public static uint ReceiverSsrc(uint senderSsrc) => ~senderSsrc;

    /// <summary>Makes what seals one direction's packets.</summary>
    public static SrtpSender MakeSender(ReadOnlySpan<byte> key) =>
        new(SrtpProfile.AeadAes128Gcm, key[..SrtpKeyMaterial.KeyLength], key[SrtpKeyMaterial.KeyLength..]);

    /// <summary>Makes what opens one direction's packets.</summary>
    public static SrtpReceiver MakeReceiver(ReadOnlySpan<byte> key) =>
        new(SrtpProfile.AeadAes128Gcm, key[..SrtpKeyMaterial.KeyLength], key[SrtpKeyMaterial.KeyLength..], MaxSources);

    /// <summary>The association's limits. A long list of participants is said at once, so much may wait.</summary>
    public static readonly SctpOptions Sctp = new()
    {
        Mtu = 1152, // with RR, APP header and SRTCP trailer 1200
        MaxMessageSize = RelayMessages.MaxLength,
        PeerMaxMessageSize = RelayMessages.MaxLength,
        SendBuffer = 4 << 20,
        MaxStreams = 1,
        // Five seconds of silence end a relay; what it has to say is said again well before that.
        MaximumTimeout = TimeSpan.FromSeconds(1),
    };
}
