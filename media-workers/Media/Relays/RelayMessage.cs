using System.Text.Json.Serialization;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>
/// What the sending end tells of the room, reliably and in order: first <see cref="RelayHello"/>, then who is there, then
/// what changes. An unknown message, or an unknown member, is ignored.
/// </summary>
/// <param name="At">When, by the shard's wall clock: the one that sender reports use too.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RelayHello), "hello")]
[JsonDerivedType(typeof(RelayParticipantJoined), "joined")]
[JsonDerivedType(typeof(RelayParticipantRenamed), "renamed")]
[JsonDerivedType(typeof(RelayParticipantLeft), "left")]
[JsonDerivedType(typeof(RelayTrackAdded), "added")]
[JsonDerivedType(typeof(RelayTrackRemoved), "removed")]
[JsonDerivedType(typeof(RelayTrackMuted), "muted")]
[JsonDerivedType(typeof(RelaySpeakerChanged), "speaker")]
[JsonDerivedType(typeof(RelayPauseChanged), "paused")]
[JsonDerivedType(typeof(RelayEnded), "ended")]
public abstract record RelayMessage(DateTimeOffset At);

/// <summary>The first message.</summary>
/// <param name="At">Now.</param>
/// <param name="Version">Of these messages: 1.</param>
/// <param name="Room">Which room.</param>
/// <param name="Epoch">The placement's epoch.</param>
/// <param name="Name">The room's name, if it has one.</param>
/// <param name="Paused">Nothing is sent until it goes on.</param>
public sealed record RelayHello(DateTimeOffset At, int Version, string Room, long Epoch, string? Name, bool Paused)
    : RelayMessage(At)
{
    /// <summary>The version that is spoken here.</summary>
    public const int CurrentVersion = 1;
}

/// <summary>A participant is in the room, whether their tracks are relayed or not; hidden ones are not told of.</summary>
/// <param name="At">Since when; for those who were there before the relay, that is before it began.</param>
/// <param name="Participant">This presence.</param>
/// <param name="Identity">The same person across joins.</param>
/// <param name="Name">What others read.</param>
public sealed record RelayParticipantJoined(DateTimeOffset At, string Participant, string Identity, string? Name)
    : RelayMessage(At);

/// <summary>A participant has another name.</summary>
/// <param name="At">When.</param>
/// <param name="Participant">Who.</param>
/// <param name="Name">What others read now.</param>
public sealed record RelayParticipantRenamed(DateTimeOffset At, string Participant, string? Name) : RelayMessage(At);

/// <summary>A participant is gone; their tracks were removed before.</summary>
/// <param name="At">When.</param>
/// <param name="Participant">Who.</param>
public sealed record RelayParticipantLeft(DateTimeOffset At, string Participant) : RelayMessage(At);

/// <summary>Packets of a track will come.</summary>
/// <param name="At">When it was published; for tracks that were there before the relay, when the relay began.</param>
/// <param name="Track">Which track, and how its packets are known.</param>
public sealed record RelayTrackAdded(DateTimeOffset At, RelayTrackDescription Track) : RelayMessage(At);

/// <summary>No more packets of a track will come.</summary>
/// <param name="At">When.</param>
/// <param name="Track">Which.</param>
public sealed record RelayTrackRemoved(DateTimeOffset At, string Track) : RelayMessage(At);

/// <summary>A track was muted, or not any more; no packets come meanwhile.</summary>
/// <param name="At">When.</param>
/// <param name="Track">Which.</param>
/// <param name="Muted">Muted or not.</param>
public sealed record RelayTrackMuted(DateTimeOffset At, string Track, bool Muted) : RelayMessage(At);

/// <summary>Somebody else has the floor.</summary>
/// <param name="At">When.</param>
/// <param name="Participant">Who; null for nobody, or for somebody hidden.</param>
public sealed record RelaySpeakerChanged(DateTimeOffset At, string? Participant) : RelayMessage(At);

/// <summary>The relay was paused, or goes on.</summary>
/// <param name="At">When.</param>
/// <param name="Paused">No media comes from here on; or it does again.</param>
public sealed record RelayPauseChanged(DateTimeOffset At, bool Paused) : RelayMessage(At);

/// <summary>The last message.</summary>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
public sealed record RelayEnded(DateTimeOffset At, RelayEnd Reason) : RelayMessage(At);

/// <summary>How a relayed track's packets are known and what they hold.</summary>
/// <param name="Id">The track.</param>
/// <param name="Participant">Whose it is.</param>
/// <param name="Kind">Audio or video.</param>
/// <param name="Source">What it shows or lets hear.</param>
/// <param name="Muted">Is it muted now?</param>
/// <param name="Ssrc">Of its packets; never used for another track of the relay.</param>
/// <param name="RtxSsrc">Of their retransmissions (RFC 4588).</param>
/// <param name="FirstSequenceNumber">Of its first packet.</param>
/// <param name="PayloadType">0 to 127.</param>
/// <param name="RtxPayloadType">Of the retransmissions.</param>
/// <param name="Codec">The encoding's registered name.</param>
/// <param name="ClockRate">Of its timestamps, Hz.</param>
/// <param name="Channels">Audio channels; 0 for video.</param>
/// <param name="Parameters">The format parameters (RFC 8866 section 6.15), if there are any.</param>
public sealed record RelayTrackDescription(
    string Id,
    string Participant,
    MediaKind Kind,
    TrackSource Source,
    bool Muted,
    uint Ssrc,
    uint RtxSsrc,
    ushort FirstSequenceNumber,
    byte PayloadType,
    byte RtxPayloadType,
    string Codec,
    int ClockRate,
    int Channels,
    string? Parameters
);

/// <summary>Why a relay ended.</summary>
public enum RelayEnd
{
    /// <summary>It was closed on purpose, at either end.</summary>
    [JsonStringEnumMemberName("closed")]
    Closed,

    /// <summary>The room is over, or was empty for too long.</summary>
    [JsonStringEnumMemberName("room_ended")]
    RoomEnded,

    /// <summary>Another relay does its work now.</summary>
    [JsonStringEnumMemberName("replaced")]
    Replaced,

    /// <summary>The room is leaving this shard; another relay may be asked for.</summary>
    [JsonStringEnumMemberName("moved")]
    Moved,

    /// <summary>It has carried as many tracks as one relay may; another may be asked for.</summary>
    [JsonStringEnumMemberName("exhausted")]
    Exhausted,

    /// <summary>The other end was silent for too long, or never answered.</summary>
    [JsonStringEnumMemberName("cut_off")]
    CutOff,
}
