using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Participants;

/// <summary>
/// Handles the events of a batch that an area cares about, and passes over the others. An area registers one in its
/// setup. Throwing brings the whole batch back, so handling twice must change nothing.
/// </summary>
internal delegate Task WorkerEventHandler(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken);
