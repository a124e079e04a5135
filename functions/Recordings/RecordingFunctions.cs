using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>/v1/rooms/{room}/recordings and /v1/recordings: start, see, pause, stop and delete.</summary>
internal sealed class RecordingFunctions(
    RecordingAccess access,
    RecordingStore recordings,
    RecordingStarter starter,
    RecorderDirectory recorders,
    TimeProvider clock
)
{
    private const string NoRecorder = "No recorder has been heard of lately; one that comes within 30 s takes it.";
    private const string BusyRecorders = "No recorder takes more at the moment; one that is free within 30 s takes it.";

    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "RoomRecordings",
            "v1/rooms/{room}/recordings",
            [
                new("GET", Access.TenantOrParticipant, services => Of(services).ListOfRoomAsync),
                new("POST", Access.TenantOrParticipant, services => Of(services).StartAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        )
        {
            OpenToBrowsers = true,
        },
        new HttpFunction(
            "Recordings",
            "v1/recordings",
            [new("GET", Access.Tenant, services => Of(services).ListAsync)]
        ),
        new HttpFunction(
            "Recording",
            "v1/recordings/{recording}",
            [
                new("GET", Access.TenantOrParticipant, services => Of(services).GetAsync),
                new("DELETE", Access.Tenant, services => Of(services).DeleteAsync),
            ]
        )
        {
            OpenToBrowsers = true,
        },
        Action(
            "RecordingStop",
            "stop",
            (recording, now) => RecordingDecider.Stop(recording, RecordingEnd.Stopped, now)
        ),
        Action("RecordingPause", "pause", RecordingDecider.Pause),
        Action("RecordingResume", "resume", RecordingDecider.Resume),
    ];

    private static HttpFunction Action(
        string name,
        string verb,
        Func<Recording, DateTimeOffset, RecordingStep?> decide
    ) =>
        new(
            name,
            "v1/recordings/{recording}/" + verb,
            [
                new(
                    "POST",
                    Access.TenantOrParticipant,
                    services => (call, cancellationToken) => Of(services).ActAsync(call, decide, cancellationToken)
                )
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        )
        {
            OpenToBrowsers = true,
        };

    private async Task<Reply> StartAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, room) = await access.FindRoomAsync(call, cancellationToken);
        if (room is null)
        {
            return Reply.Refused(refused);
        }

        var starts = call.Principal is ParticipantPrincipal { Token: var token } ? token.Name ?? token.Identity : null;
        var known = room.Fields.Recording?.Choice ?? new RecordingChoice();
        if (RecordingRequest.Read(call.Body, known, starts, out var choice) is { } problem)
        {
            return Reply.Refused(problem);
        }

        var (refusal, made) = await starter.StartAsync(
            room.Id,
            choice,
            automatic: false,
            call.TraceParent,
            cancellationToken
        );
        return made is null
            ? Reply.Refused(refusal)
            : Show(201, made, await WarnAsync(cancellationToken))
                .With("Location", $"{call.PublicUrl}/v1/recordings/{made.Value.Id}");
    }

    private async Task<Reply> ListOfRoomAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var (refused, room) = await access.FindRoomAsync(call, cancellationToken);
        return room is null
            ? Reply.Refused(refused)
            : Show(await recordings.ListAsync(room.Id, page, cancellationToken));
    }

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken) =>
        Page.Read(call.Request, out var page) is { } invalid
            ? Reply.Refused(invalid)
            : Show(await recordings.ListAsync(call.Tenant, page, cancellationToken));

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        return found is null ? Reply.Refused(refused)
            : call.Knows(ResourceTag.Of(found.ETag)) ? Reply.Empty(304).With("ETag", ResourceTag.Of(found.ETag))
            : Show(200, found);
    }

    private async Task<Reply> ActAsync(
        HttpCall call,
        Func<Recording, DateTimeOffset, RecordingStep?> decide,
        CancellationToken cancellationToken
    )
    {
        if (RequestFields.Parse(call.Body, out var request) is { } malformed)
        {
            return Reply.Refused(malformed);
        }

        if (request.Finish() is { } unknown)
        {
            return Reply.Refused(unknown);
        }

        var (refused, found) = await access.FindAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refused);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        var possible = true;
        var saved = await recordings.ChangeAsync(
            found.Value.Room,
            found.Value.Id,
            recording =>
            {
                var step = decide(recording, clock.GetUtcNow());
                possible = step is not null;
                return step ?? new RecordingStep(recording);
            },
            call.TraceParent,
            cancellationToken
        );
        return saved is null ? Reply.Refused(Refusal.RecordingNotFound)
            : !possible ? Reply.Refused(Refusal.RecordingNotRunning)
            : Show(saved.Value.State is RecordingState.Stopping ? 202 : 200, saved);
    }

    private async Task<Reply> DeleteAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refused);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        var saved = found;
        // The first ends it; what is over by that is deleted by the second.
        for (var times = 0; times < 2 && saved is { Value.State: not RecordingState.Deleted }; times++)
        {
            saved = await recordings.ChangeAsync(
                found.Value.Room,
                found.Value.Id,
                recording => RecordingDecider.Delete(recording, clock.GetUtcNow()),
                call.TraceParent,
                cancellationToken
            );
        }

        if (saved is null)
        {
            return Reply.Refused(Refusal.RecordingNotFound);
        }

        if (saved.Value.State is not RecordingState.Deleted)
        {
            return Show(202, saved);
        }

        if (!saved.Value.FilesGone)
        {
            // When storage is away, the answer says so; the files go all the same, as soon as it is back.
            await recordings.DeleteFilesAsync(saved.Value, cancellationToken);
        }

        return Reply.Empty(204);
    }

    private async Task<string?> WarnAsync(CancellationToken cancellationToken)
    {
        var alive = await recorders.ListAsync(cancellationToken);
        return alive.Count == 0 ? NoRecorder
            : alive.All(one => one.Draining || one.Load.Refusal is not null) ? BusyRecorders
            : null;
    }

    private static Reply Show((IReadOnlyList<Row<Recording>> Recordings, string? Last) found)
    {
        RecordingList list = new([
            .. found.Recordings.Select(row => RecordingBody.Of(row.Value, ResourceTag.Of(row.ETag))),
        ])
        {
            NextCursor = found.Last is null ? null : Page.CursorAfter(found.Last),
        };
        return Reply.Json(200, list, RecordingsApiContext.Default.RecordingList);
    }

    private static Reply Show(int status, Row<Recording> row, string? warning = null)
    {
        var body = RecordingBody.Of(row.Value, ResourceTag.Of(row.ETag)) with { Warning = warning };
        return Reply.Json(status, body, RecordingsApiContext.Default.RecordingBody).With("ETag", body.Etag);
    }

    private static RecordingFunctions Of(IServiceProvider services) =>
        services.GetRequiredService<RecordingFunctions>();
}
