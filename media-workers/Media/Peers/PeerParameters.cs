using EventMeet.Media.Dtls;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>Everything an engine must know to admit one peer; decided elsewhere, from an SDP that it never sees.</summary>
/// <param name="Session">The session's id; opaque.</param>
/// <param name="Revision">Counts the session's offers from 1.</param>
/// <param name="Participant">Who it is and what they may do.</param>
/// <param name="Ice">Both sides' credentials.</param>
/// <param name="Fingerprint">What the remote certificate must be (RFC 8122).</param>
/// <param name="Media">The audio and video m-lines, in the offer's order.</param>
/// <param name="Data">The SCTP association, if there is one.</param>
public sealed record PeerParameters(
    string Session,
    int Revision,
    ParticipantParameters Participant,
    IceParameters Ice,
    DtlsFingerprint Fingerprint,
    IReadOnlyList<MediaParameters> Media,
    SctpParameters? Data
);

/// <summary>Who a participant is and what they may do.</summary>
/// <param name="Id">This presence in the room.</param>
/// <param name="Identity">The same person across joins.</param>
/// <param name="Name">What others read.</param>
/// <param name="Metadata">The tenant's own text.</param>
/// <param name="Grants">What they may do.</param>
public sealed record ParticipantParameters(
    string Id,
    string Identity,
    string? Name,
    string? Metadata,
    ParticipantGrants Grants
);

/// <summary>What a participant may do; enforced here, whatever the page says.</summary>
/// <param name="CanPublish">May send media.</param>
/// <param name="CanSubscribe">May receive media.</param>
/// <param name="CanPublishData">May chat, react and raise a hand.</param>
/// <param name="Sources">Which sources may be published; null means all.</param>
/// <param name="RoomAdmin">May mute and remove others.</param>
/// <param name="Hidden">Is not shown to others and may not publish.</param>
/// <param name="CanUpdateOwnMetadata">May change their own name and metadata.</param>
public sealed record ParticipantGrants(
    bool CanPublish,
    bool CanSubscribe,
    bool CanPublishData,
    IReadOnlyList<TrackSource>? Sources,
    bool RoomAdmin,
    bool Hidden,
    bool CanUpdateOwnMetadata
)
{
    /// <summary>May this source be published?</summary>
    public bool Allows(TrackSource source) => CanPublish && !Hidden && (Sources is null || Sources.Contains(source));
}

/// <summary>ICE credentials of both sides (RFC 8445 section 5.3).</summary>
/// <param name="LocalUfrag">Ours; unique on the shard.</param>
/// <param name="LocalPwd">Ours.</param>
/// <param name="RemoteUfrag">Theirs.</param>
/// <param name="RemotePwd">Theirs.</param>
public sealed record IceParameters(string LocalUfrag, string LocalPwd, string RemoteUfrag, string RemotePwd);

/// <summary>The SCTP association for data channels.</summary>
/// <param name="RemotePort">Theirs.</param>
/// <param name="LocalPort">Ours.</param>
/// <param name="MaxMessageSize">The largest message they take, in bytes; 0 means any.</param>
public sealed record SctpParameters(int RemotePort, int LocalPort, int MaxMessageSize);

/// <summary>One m-line of kind audio or video.</summary>
/// <param name="Mid">Its identification tag.</param>
/// <param name="Kind">Audio or video.</param>
/// <param name="Source">What is published on it.</param>
/// <param name="Codecs">The negotiated payload types, preferred first.</param>
/// <param name="Extensions">The negotiated header extensions: id and URI.</param>
/// <param name="Published">How the remote stream is recognised; null when nothing is published.</param>
/// <param name="Slot">The slot's own stream; null when nothing is received.</param>
public sealed record MediaParameters(
    string Mid,
    MediaKind Kind,
    TrackSource Source,
    IReadOnlyList<CodecParameters> Codecs,
    IReadOnlyList<(int Id, string Uri)> Extensions,
    PublishedParameters? Published,
    SlotParameters? Slot
);

/// <summary>One negotiated payload type.</summary>
/// <param name="PayloadType">0 to 127.</param>
/// <param name="Name">The encoding's registered name; compared without case.</param>
/// <param name="ClockRate">Hz.</param>
/// <param name="RtxPayloadType">That of its retransmissions (RFC 4588); null when not negotiated.</param>
/// <param name="Nack">Whether lost packets may be asked for.</param>
public sealed record CodecParameters(byte PayloadType, string Name, int ClockRate, byte? RtxPayloadType, bool Nack)
{
    /// <summary>Gets the audio channels; 0 for video.</summary>
    public int Channels { get; init; }

    /// <summary>Gets the format parameters (RFC 8866 section 6.15), if there are any.</summary>
    public string? Parameters { get; init; }
}

/// <summary>How a published stream is recognised.</summary>
/// <param name="Track">The track's id.</param>
/// <param name="Ssrcs">Announced SSRCs; empty when MID and RID tell.</param>
/// <param name="RtxSsrcs">The retransmission SSRC of each; 0 where none.</param>
/// <param name="Rids">Simulcast restriction ids; empty without simulcast.</param>
public sealed record PublishedParameters(
    string Track,
    IReadOnlyList<uint> Ssrcs,
    IReadOnlyList<uint> RtxSsrcs,
    IReadOnlyList<string> Rids
);

/// <summary>A slot's own stream.</summary>
/// <param name="Ssrc">Its SSRC.</param>
/// <param name="RtxSsrc">That of its retransmissions; 0 without RTX.</param>
/// <param name="Cname">RTCP canonical name.</param>
public sealed record SlotParameters(uint Ssrc, uint RtxSsrc, string Cname);
