using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>Keeps recordings as the recorders report them.</summary>
internal sealed partial class RecordingFacts(
    RecordingStore recordings,
    RecordingRelays relays,
    IdSource ids,
    TimeProvider clock,
    ILogger<RecordingFacts> logger
)
{
    /// <summary>Handles the facts about recordings among a batch of events, in order of their making.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer: the batch must come again.</exception>
    public async Task HandleAsync(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken)
    {
        // A recorder repeats itself every two seconds. Of requests that waited together the newest counts: else whoever is slow gets slower.
        var requests = events
            .OfType<RelayWanted>()
            .GroupBy(wanted => (wanted.Recording, wanted.Worker))
            .Select(repeated => repeated.MaxBy(wanted => wanted.At)!)
            .ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var fact in events.OfType<RecordingEvent>().OrderBy(fact => fact.At))
        {
            if (fact is RelayWanted wanted)
            {
                if (requests.Contains(wanted))
                {
                    await relays.HandleAsync(wanted, cancellationToken);
                }
            }
            else if (!await HandleAsync(fact, cancellationToken))
            {
                UnknownRecording(logger, fact.Worker.Value, fact.GetType().Name, fact.Recording.Value);
            }
        }
    }

    private async Task<bool> HandleAsync(RecordingEvent fact, CancellationToken cancellationToken)
    {
        var film = fact is RecordingFinished ? ids.New<CompositeId>() : default;
        return await recordings.ChangeAsync(
            fact.Room,
            fact.Recording,
            recording => Decide(recording, fact, film, clock.GetUtcNow()),
            traceParent: null,
            cancellationToken
        )
            is not null;
    }

    private static RecordingStep Decide(
        Recording recording,
        RecordingEvent fact,
        CompositeId film,
        DateTimeOffset now
    ) =>
        fact switch
        {
            RecordingStarted started => RecordingDecider.Started(recording, started, now),
            RecordingProgressed progressed => RecordingDecider.Progressed(recording, progressed, now),
            RecordingFinished finished => RecordingDecider.Finished(recording, finished, film, now),
            CompositeProgressed progressed => CompositeDecider.Progressed(recording, progressed, now),
            CompositeFinished finished => CompositeDecider.Finished(recording, finished, now),
            _ => new RecordingStep(recording),
        };

    [LoggerMessage(2601, LogLevel.Warning, "Worker {Worker} reports {Fact} of recording {Recording}, which is unknown")]
    private static partial void UnknownRecording(ILogger logger, string worker, string fact, string recording);
}
