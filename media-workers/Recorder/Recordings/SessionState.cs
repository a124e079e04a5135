using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Recordings;

/// <summary>What others must know of a recording that goes on; a new one at every change, so that any thread may read it.</summary>
/// <param name="StartedAt">The recording's start on the wall clock; null until a relay has worked.</param>
/// <param name="IsConnected">Does a relay work now?</param>
/// <param name="End">Why the recording is to end; null while it goes on.</param>
/// <param name="LostRelay">The relay that works no more; null while none was lost, or while another is awaited already.</param>
internal sealed record SessionState(DateTimeOffset? StartedAt, bool IsConnected, RecordingEnd? End, RelayId? LostRelay)
{
    /// <summary>Gets a value indicating whether a recording that is stopped waits for packets from before that.</summary>
    public bool IsWaiting { get; init; }
}

/// <summary>How far a recording is.</summary>
/// <param name="Duration">Since its start, pauses included.</param>
/// <param name="Tracks">Tracks that were recorded.</param>
/// <param name="StoredBytes">Known to be stored, by this recorder and those before.</param>
/// <param name="UnsentBytes">Written, and not known to be stored.</param>
internal readonly record struct SessionProgress(TimeSpan Duration, int Tracks, long StoredBytes, long UnsentBytes);

/// <summary>What is to be recorded.</summary>
/// <param name="Command">The order.</param>
/// <param name="Take">Which recorder in a row this is, from 1.</param>
/// <param name="Former">The timeline that the recorder before this one left; null when there is none.</param>
/// <param name="WallOrigin">The wall clock at <see cref="Media.Values.MonotonicTime.Zero"/>.</param>
internal sealed record SessionParameters(
    StartRecording Command,
    int Take,
    Timeline.RecordingTimeline? Former,
    DateTimeOffset WallOrigin
);
