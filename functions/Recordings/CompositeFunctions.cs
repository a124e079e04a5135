using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Recordings;

/// <summary>/v1/recordings/{recording}/composites: films made later, from the same tracks, with another layout.</summary>
internal sealed class CompositeFunctions(
    RecordingAccess access,
    RecordingStore recordings,
    IRecordingStorage storage,
    IdSource ids,
    TimeProvider clock
)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "Composites",
            "v1/recordings/{recording}/composites",
            [
                new("GET", Access.Tenant, services => Of(services).ListAsync),
                new("POST", Access.Tenant, services => Of(services).CreateAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
        new HttpFunction(
            "Composite",
            "v1/recordings/{recording}/composites/{composite}",
            [
                new("GET", Access.Tenant, services => Of(services).GetAsync),
                new("DELETE", Access.Tenant, services => Of(services).DeleteAsync),
            ]
        ),
    ];

    private async Task<Reply> CreateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refused);
        }

        if (RecordingRequest.ReadComposite(call.Body, found.Value.Choice, out var spec) is { } problem)
        {
            return Reply.Refused(problem);
        }

        var id = ids.New<CompositeId>();
        var refusal = Refusal.None;
        var saved = await recordings.ChangeAsync(
            found.Value.Room,
            found.Value.Id,
            recording =>
            {
                refusal = RefusalOf(recording);
                return refusal is Refusal.None
                    ? CompositeDecider.Order(recording, id, spec, own: false, clock.GetUtcNow())
                    : new RecordingStep(recording);
            },
            call.TraceParent,
            cancellationToken
        );
        return saved is null ? Reply.Refused(Refusal.RecordingNotFound)
            : refusal is not Refusal.None ? Reply.Refused(refusal)
            : Show(201, saved.Value, id).With("Location", $"{call.Url}/{id}");
    }

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        return found is null
            ? Reply.Refused(refused)
            : Reply.Json(
                200,
                new CompositeList([.. found.Value.Composites.Select(CompositeBody.Of)]),
                RecordingsApiContext.Default.CompositeList
            );
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        return found is null
            ? Reply.Refused(refused)
            : Show(200, found.Value, new CompositeId(call.Route("composite")));
    }

    // One that is being made is canceled; one that is over goes, with its files.
    private async Task<Reply> DeleteAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refused);
        }

        CompositeId id = new(call.Route("composite"));
        if (CompositeDecider.Find(found.Value, id) is not { } known)
        {
            return Reply.Refused(Refusal.CompositeNotFound);
        }

        if (known.IsOver)
        {
            await storage.DeleteAsync(known.Files.Select(file => file.Name), cancellationToken);
        }

        var saved = await recordings.ChangeAsync(
            found.Value.Room,
            found.Value.Id,
            recording =>
                CompositeDecider.Find(recording, id) is not { } composite ? new RecordingStep(recording)
                : known.IsOver ? new RecordingStep(Without(recording, composite))
                : CompositeDecider.Cancel(recording, id, clock.GetUtcNow())!,
            call.TraceParent,
            cancellationToken
        );
        return saved is null ? Reply.Refused(Refusal.RecordingNotFound) : Reply.Empty(204);
    }

    private static Recording Without(Recording recording, Composite composite) =>
        recording with
        {
            Composites = [.. recording.Composites.Where(one => one.Id != composite.Id)],
            Bytes = Math.Max(0, recording.Bytes - composite.Files.Sum(file => file.Bytes)),
        };

    private static Refusal RefusalOf(Recording recording) =>
        recording switch
        {
            { State: RecordingState.Deleted } or { DeleteWanted: true } => Refusal.RecordingDeleted,
            { IsOver: false } => Refusal.RecordingNotOver,
            { Tracks: 0 } => Refusal.RecordingEmpty,
            { Composites.Count: >= RecordingLimits.Composites } => Refusal.TooManyComposites,
            _ when recording.Composites.Count(one => !one.IsOver) >= RecordingLimits.RunningComposites =>
                Refusal.TooManyComposites,
            _ => Refusal.None,
        };

    private static Reply Show(int status, Recording recording, CompositeId id) =>
        CompositeDecider.Find(recording, id) is { } composite
            ? Reply.Json(status, CompositeBody.Of(composite), RecordingsApiContext.Default.CompositeBody)
            : Reply.Refused(Refusal.CompositeNotFound);

    private static CompositeFunctions Of(IServiceProvider services) =>
        services.GetRequiredService<CompositeFunctions>();
}
