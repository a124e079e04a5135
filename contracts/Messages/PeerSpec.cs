namespace EventMeet.Contracts.Messages;

/// <summary>
/// What a peer is, without SDP: everything a shard needs to admit one session, decided by the function that computed
/// the answer.
/// </summary>
/// <param name="Session">Which session this is the far end of.</param>
/// <param name="Revision">Counts the offers of this session from 1; a shard refuses a revision it has already passed.</param>
/// <param name="Participant">Who it is and what they may do.</param>
/// <param name="Ice">Both sides' ICE credentials.</param>
/// <param name="Dtls">What the browser's certificate must be.</param>
/// <param name="Media">One entry per m-line of kind audio or video, in the offer's order; rejected m-lines are absent.</param>
/// <param name="Data">The SCTP association, if the offer had one.</param>
public sealed record PeerSpec(
    SessionId Session,
    int Revision,
    ParticipantSpec Participant,
    IceSpec Ice,
    DtlsSpec Dtls,
    IReadOnlyList<MediaSpec> Media,
    DataChannelSpec? Data
);

/// <summary>Who a participant is and what they may do.</summary>
/// <param name="Id">This presence in the room.</param>
/// <param name="Identity">The token's subject: the same person across joins.</param>
/// <param name="Name">What others read.</param>
/// <param name="Metadata">The tenant's own text, at most 4 KiB.</param>
/// <param name="Grants">What the token allows; enforced by the shard.</param>
public sealed record ParticipantSpec(
    ParticipantId Id,
    string Identity,
    string? Name,
    string? Metadata,
    ParticipantGrants Grants
);

/// <summary>What a participant may do in the room.</summary>
/// <param name="CanPublish">May send media.</param>
/// <param name="CanSubscribe">May receive media.</param>
/// <param name="CanPublishData">May chat and send data.</param>
/// <param name="Sources">Which sources may be published; null means all.</param>
/// <param name="RoomAdmin">May moderate: mute and remove others.</param>
/// <param name="Hidden">Is not shown to others.</param>
/// <param name="CanUpdateOwnMetadata">May change their own name and metadata.</param>
public sealed record ParticipantGrants(
    bool CanPublish,
    bool CanSubscribe,
    bool CanPublishData,
    IReadOnlyList<TrackSource>? Sources,
    bool RoomAdmin,
    bool Hidden,
    bool CanUpdateOwnMetadata
);

/// <summary>ICE credentials of both sides (RFC 8839 section 5.4).</summary>
/// <param name="LocalUfrag">The shard's.</param>
/// <param name="LocalPwd">The shard's; a secret.</param>
/// <param name="RemoteUfrag">The browser's.</param>
/// <param name="RemotePwd">The browser's; a secret.</param>
public sealed record IceSpec(string LocalUfrag, string LocalPwd, string RemoteUfrag, string RemotePwd);

/// <summary>What the browser's certificate must be (RFC 8122). The shard is always the DTLS server.</summary>
/// <param name="Algorithm">"sha-256", "sha-384" or "sha-512".</param>
/// <param name="Fingerprint">The digest in upper-case hexadecimal without colons.</param>
public sealed record DtlsSpec(string Algorithm, string Fingerprint);

/// <summary>The SCTP association for data channels (RFC 8841).</summary>
/// <param name="RemotePort">The browser's SCTP port, usually 5000.</param>
/// <param name="LocalPort">The shard's SCTP port.</param>
/// <param name="MaxMessageSize">The largest message the browser takes, in bytes; 0 means any.</param>
public sealed record DataChannelSpec(int RemotePort, int LocalPort, int MaxMessageSize);

/// <summary>One m-line of kind audio or video.</summary>
/// <param name="Mid">Its identification tag (RFC 9143).</param>
/// <param name="Kind">Audio or video.</param>
/// <param name="Publishes">The client sends here: the m-line is a published track.</param>
/// <param name="Receives">The client receives here: the m-line is a slot.</param>
/// <param name="Source">What is published; from <c>a=content</c> (RFC 4796: slides means a shared screen).</param>
/// <param name="Codecs">The codecs of the answer, preferred first.</param>
/// <param name="Extensions">The RTP header extensions of the answer (RFC 8285).</param>
/// <param name="Published">How the client's stream is recognised; null when it publishes nothing.</param>
/// <param name="Slot">What the slot's stream looks like; null when it receives nothing.</param>
public sealed record MediaSpec(
    string Mid,
    MediaKind Kind,
    bool Publishes,
    bool Receives,
    TrackSource Source,
    IReadOnlyList<CodecSpec> Codecs,
    IReadOnlyList<HeaderExtensionSpec> Extensions,
    PublishedSpec? Published,
    SlotSpec? Slot
);

/// <summary>How a published track's packets are recognised.</summary>
/// <param name="Track">The track's id.</param>
/// <param name="Ssrcs">SSRCs announced in the offer; empty when only MID and RID tell (simulcast).</param>
/// <param name="RtxSsrcs">The retransmission SSRC of each entry of <paramref name="Ssrcs"/> (FID groups); 0 where none.</param>
/// <param name="Rids">Simulcast restriction ids in the offer's order (RFC 8853); empty without simulcast.</param>
public sealed record PublishedSpec(
    TrackId Track,
    IReadOnlyList<uint> Ssrcs,
    IReadOnlyList<uint> RtxSsrcs,
    IReadOnlyList<string> Rids
);

/// <summary>A slot's own stream, the same for life whatever track it carries.</summary>
/// <param name="Ssrc">Its SSRC.</param>
/// <param name="RtxSsrc">The SSRC of its retransmissions; 0 when RTX was not negotiated.</param>
/// <param name="Cname">RTCP canonical name (RFC 7022), the same for all slots of a session.</param>
public sealed record SlotSpec(uint Ssrc, uint RtxSsrc, string Cname);

/// <summary>One payload type of the answer.</summary>
/// <param name="PayloadType">0 to 127.</param>
/// <param name="Name">The encoding name as registered: VP8, opus, …</param>
/// <param name="ClockRate">Hz.</param>
/// <param name="Channels">Audio channels; 0 for video.</param>
/// <param name="RtxPayloadType">The payload type of its retransmissions (RFC 4588), if negotiated.</param>
/// <param name="Parameters">The answer's fmtp line for it, without "a=fmtp:NN ".</param>
/// <param name="Feedback">RTCP feedback kept in the answer: "nack", "nack pli", "ccm fir", "transport-cc", "goog-remb".</param>
public sealed record CodecSpec(
    int PayloadType,
    string Name,
    int ClockRate,
    int Channels,
    int? RtxPayloadType,
    string? Parameters,
    IReadOnlyList<string> Feedback
);

/// <summary>One negotiated RTP header extension.</summary>
/// <param name="Id">1 to 14 in one-byte form, up to 255 in two-byte form.</param>
/// <param name="Uri">Its name.</param>
public sealed record HeaderExtensionSpec(int Id, string Uri);
