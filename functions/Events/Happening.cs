using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Recordings;

namespace EventMeet.Functions.Events;

/// <summary>Something that happened in a room and that its tenant shall hear of.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
/// <param name="At">When.</param>
internal sealed record Happening(string Type, DateTimeOffset At)
{
    /// <summary>Gets who it is about.</summary>
    public EventParticipant? Participant { get; init; }

    /// <summary>Gets which track it is about.</summary>
    public EventTrack? Track { get; init; }

    /// <summary>Gets why somebody is gone.</summary>
    public LeaveReason? Reason { get; init; }

    /// <summary>Gets which recording it is about.</summary>
    public EventRecording? Recording { get; init; }

    /// <summary>Gets which composite it is about.</summary>
    public EventComposite? Composite { get; init; }

    /// <summary>Gets the files that are there now, the most important ones first; null where files are not the matter.</summary>
    public IReadOnlyList<EventFile>? Files { get; init; }
}

/// <summary>A participant as events show them.</summary>
internal sealed record EventParticipant(ParticipantId Id, SessionId Session, string Identity, string? Name);

/// <summary>A track as events show it.</summary>
internal sealed record EventTrack(TrackId Id, MediaKind Kind, TrackSource Source, string Codec);
