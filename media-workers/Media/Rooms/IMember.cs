using EventMeet.Media.Peers;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>A participant as a room knows them: a peer of this engine, or what another engine tells of one of its own.</summary>
internal interface IMember
{
    /// <summary>Gets where they are.</summary>
    Room Room { get; }

    /// <summary>Gets the session's id.</summary>
    string Session { get; }

    /// <summary>Gets who it is; name and metadata may change.</summary>
    ParticipantParameters Participant { get; }

    /// <summary>Gets when the transport came up; null before.</summary>
    DateTimeOffset? JoinedAt { get; }

    /// <summary>Gets or sets a value indicating whether a hand is up.</summary>
    bool HandRaised { get; set; }

    /// <summary>Gets or sets when this participant last took the floor.</summary>
    MonotonicTime LastDominant { get; set; }

    /// <summary>Gets the m-lines that may carry tracks; others know only of the published ones.</summary>
    List<Track> Tracks { get; }

    /// <summary>Gets how the participant's clock runs against ours.</summary>
    SenderClock SenderClock { get; }

    /// <summary>Gets a value indicating whether they are gone.</summary>
    bool IsClosed { get; }

    /// <summary>Asks for a key frame of one of their layers.</summary>
    void RequestKeyFrame(Layer layer, MonotonicTime now);

    /// <summary>Somebody wants a layer's packets now, or nobody does any more.</summary>
    void HandleDemand(Layer layer);

    /// <summary>They shall leave.</summary>
    void LeaveBecause(LeaveReason reason);

    /// <summary>A moderator mutes one of their tracks; they are told.</summary>
    void Mute(Track track, string moderator);
}
