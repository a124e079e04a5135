using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Finds recordings, and commits what is decided about them: the row, the room that lists it while it is active, its files,
/// what its tenant hears of it and what recorders and shards are told, in one transaction of the room's partition.
/// </summary>
internal sealed class RecordingStore(
    ITableStore store,
    RoomDirectory rooms,
    RecordingWatch watch,
    RecorderOrders orders,
    IRecordingStorage storage,
    EventRaiser events,
    Outbox outbox,
    IOptions<RecordingsOptions> options,
    TimeProvider clock
)
{
    // Instances that handle facts of one recording, or of its room, at the same time take turns by ETag.
    private const int MostTries = 12;
    private const int MostFileRows = 40;

    /// <summary>Finds a tenant's recording by its id alone; null also when it belongs to another tenant.</summary>
    public async Task<Row<Recording>?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken)
    {
        if (!RecordingRows.IsId(id, RecordingId.Prefix))
        {
            return null;
        }

        var entry = await store.FindAsync(
            Tables.Tenants,
            tenant.Value,
            RecordingRows.Of(new RecordingId(id)),
            RecordingsJsonContext.Default.TenantRecording,
            cancellationToken
        );
        return entry is null ? null : await FindAsync(entry.Value.Room, entry.Value.Recording, cancellationToken);
    }

    /// <summary>Finds a recording of a room.</summary>
    public async Task<Row<Recording>?> FindAsync(RoomId room, RecordingId id, CancellationToken cancellationToken) =>
        RecordingRows.IsId(id.Value, RecordingId.Prefix)
            ? await store.FindAsync(
                Tables.Rooms,
                room.Value,
                RecordingRows.Of(id),
                RecordingsJsonContext.Default.Recording,
                cancellationToken
            )
            : null;

    /// <summary>Reads a page of a room's recordings, newest first.</summary>
    public async Task<(IReadOnlyList<Row<Recording>> Recordings, string? Last)> ListAsync(
        RoomId room,
        Page page,
        CancellationToken cancellationToken
    )
    {
        var rows = await store.ListAsync(Tables.Rooms, room.Value, RangeOf(page), page.Limit + 1, cancellationToken);
        var shown = rows.Take(page.Limit).ToList();
        return (
            [.. shown.Select(row => row.As(RecordingsJsonContext.Default.Recording))],
            rows.Count > page.Limit ? shown[^1].Name : null
        );
    }

    /// <summary>Reads a page of a tenant's recordings, newest first.</summary>
    public async Task<(IReadOnlyList<Row<Recording>> Recordings, string? Last)> ListAsync(
        TenantId tenant,
        Page page,
        CancellationToken cancellationToken
    )
    {
        var range = RangeOf(page);
        var rows = await store.ListAsync(Tables.Tenants, tenant.Value, range, page.Limit + 1, cancellationToken);
        var shown = rows.Take(page.Limit).ToList();
        var entries = shown.Select(row => row.As(RecordingsJsonContext.Default.TenantRecording).Value);
        var found = await Task.WhenAll(
            entries.Select(entry => FindAsync(entry.Room, entry.Recording, cancellationToken))
        );
        // One that is listed and not there is being made at this moment, or its maker died.
        return ([.. found.OfType<Row<Recording>>()], rows.Count > page.Limit ? shown[^1].Name : null);
    }

    /// <summary>Reads what a recording left, its composites' files not included.</summary>
    public async Task<IReadOnlyList<RecordedFile>> ReadFilesAsync(
        Recording recording,
        CancellationToken cancellationToken
    )
    {
        if (recording.FileCount == 0)
        {
            return [];
        }

        var range = RecordingRows.FilesOf(recording.Id);
        var rows = await store.ListAsync(Tables.Rooms, recording.Room.Value, range, MostFileRows, cancellationToken);
        return
        [
            .. rows.SelectMany(row => row.As(RecordingsJsonContext.Default.RecordingFiles).Value.Files)
                .Take(recording.FileCount),
        ];
    }

    /// <summary>
    /// Saves a new recording: in its tenant's list first, so that no list misses what was announced.
    /// </summary>
    /// <param name="step">What was decided.</param>
    /// <param name="room">The room as it was read.</param>
    /// <param name="traceParent">The request behind it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The recording; null when the room was changed meanwhile.</returns>
    public async Task<Row<Recording>?> InsertAsync(
        RecordingStep step,
        Row<Room> room,
        string? traceParent,
        CancellationToken cancellationToken
    )
    {
        var recording = step.After;
        TenantRecording entry = new(recording.Id, recording.Room);
        var list = RowChange.Put(RecordingRows.Of(recording.Id), entry, RecordingsJsonContext.Default.TenantRecording);
        await store.WriteAsync(Tables.Tenants, recording.Tenant.Value, [list], cancellationToken);
        var watched = await watch.SetAsync(recording, clock.GetUtcNow(), cancellationToken);
        var listed = room.Value with
        {
            Recordings = [.. room.Value.Recordings, recording.Id],
            AutomaticStarted = room.Value.AutomaticStarted || recording.Automatic,
        };
        var commit = await outbox.CommitAsync(
            Tables.Rooms,
            recording.Room.Value,
            [
                RowChange.Insert(RecordingRows.Of(recording.Id), watched, RecordingsJsonContext.Default.Recording),
                RowChange.Replace(RoomRows.Room, listed, room.ETag, RoomsJsonContext.Default.Room),
            ],
            [.. step.Orders.Select(order => orders.Wrap(order, traceParent))],
            cancellationToken
        );
        return commit.Committed ? new Row<Recording>(watched, commit.ETags[0]) : null;
    }

    /// <summary>Decides about a recording and commits that, again and again while others are faster.</summary>
    /// <param name="room">Its room.</param>
    /// <param name="id">Which recording.</param>
    /// <param name="decide">Pure; what it leaves unchanged is not written.</param>
    /// <param name="traceParent">The request behind it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The recording as it is now; null when there is none.</returns>
    /// <exception cref="StorageUnavailableException">Storage does not answer, or others kept being faster.</exception>
    public async Task<Row<Recording>?> ChangeAsync(
        RoomId room,
        RecordingId id,
        Func<Recording, RecordingStep> decide,
        string? traceParent,
        CancellationToken cancellationToken
    )
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await FindAsync(room, id, cancellationToken) is not { } found)
            {
                return null;
            }

            var step = decide(found.Value);
            if (step.After == found.Value && step.Orders.Count == 0 && step.Files is null)
            {
                return found;
            }

            if (await TryCommitAsync(found, step, [], traceParent, cancellationToken) is { } saved)
            {
                return saved;
            }
        }

        throw new StorageUnavailableException($"Recording {id} kept being changed by others.");
    }

    /// <summary>Commits what was decided; null when another was faster.</summary>
    /// <param name="found">The recording as it was read.</param>
    /// <param name="step">What was decided.</param>
    /// <param name="more">Changes of the room's partition that belong to it.</param>
    /// <param name="traceParent">The request behind it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Row<Recording>?> TryCommitAsync(
        Row<Recording> found,
        RecordingStep step,
        IReadOnlyList<RowChange> more,
        string? traceParent,
        CancellationToken cancellationToken
    )
    {
        var (before, after) = (found.Value, step.After);
        var happenings = await TellAsync(before, step, cancellationToken);
        var leaves = before.IsActive && !after.IsActive;
        var room = leaves || happenings.Count > 0 ? await rooms.FindAsync(before.Room, cancellationToken) : null;
        var watched = await watch.SetAsync(after, clock.GetUtcNow(), cancellationToken);
        List<RowChange> changes =
        [
            RowChange.Replace(RecordingRows.Of(after.Id), watched, found.ETag, RecordingsJsonContext.Default.Recording),
            .. more,
            .. step.Files is { } files ? RecordingRows.Write(after.Id, files) : [],
        ];
        var raised = RaisedEvents.None;
        if (room is not null)
        {
            var without = leaves ? Without(room.Value, after) : room.Value;
            if (leaves)
            {
                changes.Add(RowChange.Replace(RoomRows.Room, without, room.ETag, RoomsJsonContext.Default.Room));
            }

            raised = await events.RaiseAsync(without, happenings, traceParent, cancellationToken);
        }

        var messages = step.Orders.Select(order => orders.Wrap(order, traceParent)).Concat(raised.Messages);
        var commit = await outbox.CommitAsync(
            Tables.Rooms,
            before.Room.Value,
            [.. changes, .. raised.Changes],
            [.. messages],
            cancellationToken
        );
        return commit.Committed ? new Row<Recording>(watched, commit.ETags[0]) : null;
    }

    /// <summary>Deletes what storage has of a deleted recording, and notes that it is gone.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer; it is tried again.</exception>
    public async Task<Row<Recording>?> DeleteFilesAsync(Recording recording, CancellationToken cancellationToken)
    {
        await storage.DeleteFolderAsync(recording.Folder, cancellationToken);
        return await ChangeAsync(
            recording.Room,
            recording.Id,
            known => new RecordingStep(known with { FilesGone = true, FileCount = 0, Composites = [] }),
            traceParent: null,
            cancellationToken
        );
    }

    /// <summary>Forgets a recording for good.</summary>
    public async Task ForgetAsync(Recording recording, CancellationToken cancellationToken)
    {
        var range = RecordingRows.FilesOf(recording.Id);
        var (room, row) = (recording.Room.Value, RecordingRows.Of(recording.Id));
        var files = await store.ListAsync(Tables.Rooms, room, range, MostFileRows, cancellationToken);
        RowChange[] changes = [RowChange.Delete(row), .. files.Select(file => RowChange.Delete(file.Name))];
        await store.WriteAsync(Tables.Rooms, room, changes, cancellationToken);
        await store.WriteAsync(Tables.Tenants, recording.Tenant.Value, [RowChange.Delete(row)], cancellationToken);
    }

    private async Task<IReadOnlyList<Happening>> TellAsync(
        Recording before,
        RecordingStep step,
        CancellationToken cancellationToken
    )
    {
        var after = step.After;
        var ends = !before.IsOver && after.IsOver;
        var files = !ends ? [] : step.Files ?? await ReadFilesAsync(after, cancellationToken);
        var happenings = RecordingHappenings.Of(before, after, files);
        if (happenings.All(one => one.Files is null or { Count: 0 }))
        {
            return happenings;
        }

        // Made now, and good for longer than the webhook is tried.
        var links = await storage.LinkAsync(options.Value.EventLinkLifetime, cancellationToken);
        return
        [
            .. happenings.Select(one =>
                one with
                {
                    Files = one.Files is { } named ? [.. named.Select(file => file.With(links, after))] : null,
                }
            ),
        ];
    }

    // An automatic recording that somebody ended does not start again while anybody is in; one that broke down does.
    private static Room Without(Room room, Recording over)
    {
        var stays =
            room.ParticipantCount > 0
            && over.End is RecordingEnd.Stopped or RecordingEnd.MaxDuration or RecordingEnd.MaxBytes;
        return room with
        {
            Recordings = [.. room.Recordings.Where(id => id != over.Id)],
            AutomaticStarted = over.Automatic ? room.AutomaticStarted && stays : room.AutomaticStarted,
        };
    }

    private static RowRange RangeOf(Page page) =>
        page.After is { } after && after.StartsWith(RecordingRows.Prefix, StringComparison.Ordinal)
            ? RowRange.After(RecordingRows.Prefix, after)
            : RowRange.Prefix(RecordingRows.Prefix);
}
