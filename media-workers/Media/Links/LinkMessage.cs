using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Links;

/// <summary>What one end of a link tells the other. Never changed once it is made, as two threads have it.</summary>
/// <param name="Link">Which link: the branch's number for it.</param>
public abstract record LinkMessage(long Link);

/// <summary>A branch begins; the first message, to the home.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Room">What the home makes the room from if it is not there yet.</param>
internal sealed record LinkOpened(long Link, RoomParameters Room) : LinkMessage(Link);

/// <summary>The last message: the branch has nobody left, or the home's room is over.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Reason">What the branch's participants are told.</param>
internal sealed record LinkClosed(long Link, LeaveReason Reason) : LinkMessage(Link);

/// <summary>A peer was admitted; it need not be connected yet.</summary>
internal sealed record MemberAdmitted(long Link, string Session, ParticipantParameters Participant) : LinkMessage(Link);

/// <summary>A peer was not admitted, as the room is full.</summary>
internal sealed record MemberRefused(long Link, string Session, ParticipantParameters Participant) : LinkMessage(Link);

/// <summary>A peer's transport is up.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Session">Whose.</param>
/// <param name="At">Since when.</param>
/// <param name="LastDominant">When they last took the floor.</param>
internal sealed record MemberJoined(long Link, string Session, DateTimeOffset At, MonotonicTime LastDominant)
    : LinkMessage(Link);

/// <summary>A participant has another name or metadata, or may do something else.</summary>
internal sealed record MemberUpdated(long Link, string Session, ParticipantParameters Participant) : LinkMessage(Link);

/// <summary>A peer is gone.</summary>
internal sealed record MemberLeft(long Link, string Session, LeaveReason Reason) : LinkMessage(Link);

/// <summary>A hand went up or down.</summary>
internal sealed record MemberRaisedHand(long Link, string Session, bool Raised) : LinkMessage(Link);

/// <summary>Somebody reacts.</summary>
internal sealed record MemberReacted(long Link, string Session, string Reaction) : LinkMessage(Link);

/// <summary>A track is published.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Session">Whose.</param>
/// <param name="Media">Its m-line as negotiated.</param>
/// <param name="Codec">Of its packets.</param>
/// <param name="Muted">Is it muted?</param>
/// <param name="Layers">Its layers so far.</param>
internal sealed record TrackAdded(
    long Link,
    string Session,
    MediaParameters Media,
    CodecParameters Codec,
    bool Muted,
    IReadOnlyList<LinkedLayer> Layers
) : LinkMessage(Link);

/// <summary>A track has ended.</summary>
internal sealed record TrackRemoved(long Link, string Track) : LinkMessage(Link);

/// <summary>A track was muted, or not any more.</summary>
internal sealed record TrackMuted(long Link, string Track, bool Muted) : LinkMessage(Link);

/// <summary>A track's layers, or what is known of them, have changed.</summary>
internal sealed record LayersChanged(long Link, string Track, IReadOnlyList<LinkedLayer> Layers) : LinkMessage(Link);

/// <summary>One layer of a track.</summary>
/// <param name="Tag">What the telling engine calls it.</param>
/// <param name="Ssrc">Its SSRC at the publisher.</param>
/// <param name="Rid">Its restriction id; null without simulcast.</param>
/// <param name="Height">The picture's height in pixels; 0 when not known.</param>
/// <param name="IsQuiet">Has the publisher stopped it?</param>
/// <param name="Rate">What it costs to send, roughly.</param>
internal sealed record LinkedLayer(int Tag, uint Ssrc, string? Rid, int Height, bool IsQuiet, DataRate Rate);

/// <summary>The packets of a layer are wanted from now on, or not any more; to the end that has it from its publisher.</summary>
internal sealed record LayerWanted(long Link, int Layer, bool Wanted) : LinkMessage(Link);

/// <summary>A key frame of a layer is wanted; to the end that has it from its publisher.</summary>
internal sealed record KeyFrameWanted(long Link, int Layer) : LinkMessage(Link);

/// <summary>A layer's publisher has said how its timestamps belong to its clock.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Layer">What the telling engine calls it.</param>
/// <param name="Report">The publisher's sender report.</param>
/// <param name="At">When it arrived from the publisher.</param>
internal sealed record SenderReported(long Link, int Layer, SenderInfo Report, MonotonicTime At) : LinkMessage(Link);

/// <summary>How loud those are who can be heard; all others are silent.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Voices">Those of the telling end's side.</param>
/// <param name="Dominant">The track of who has the floor, as the home decides; null when nobody has, and from a branch.</param>
/// <param name="DominantSince">Since when.</param>
internal sealed record VoicesChanged(
    long Link,
    IReadOnlyList<LinkedVoice> Voices,
    string? Dominant,
    MonotonicTime DominantSince
) : LinkMessage(Link);

/// <summary>How loud one track is.</summary>
internal sealed record LinkedVoice(string Track, float Loudness, bool IsSpeaking, MonotonicTime LastSpoke);

/// <summary>Somebody says something. Only the home numbers messages, so that everybody reads them in one order.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Chat">The message; without an id on its way to the home.</param>
internal sealed record ChatSaid(long Link, ChatReceived Chat) : LinkMessage(Link);

/// <summary>A peer shall be closed; to the end that has it.</summary>
internal sealed record CloseMember(long Link, string Session, LeaveReason Reason) : LinkMessage(Link);

/// <summary>A moderator mutes a track; to the end that has its publisher.</summary>
/// <param name="Link">Which link.</param>
/// <param name="Track">Which track.</param>
/// <param name="By">The moderator.</param>
internal sealed record MuteMember(long Link, string Track, string By) : LinkMessage(Link);

/// <summary>Who records has changed; from the home.</summary>
internal sealed record RecordingTold(long Link, RecordingState State) : LinkMessage(Link);
