using System.Globalization;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Remembers when somebody must look at a recording without being asked (table "deadlines", row "time|room|recording"). A
/// row counts only while the recording says the same time. A look that comes too early files the next one, so that what
/// happens every few seconds need not.
/// </summary>
internal sealed class RecordingWatch(ITableStore store)
{
    private const string Partition = "recordings";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int MostAtOnce = 200;

    /// <summary>Files the recording's next look before the recording itself is saved with it.</summary>
    /// <returns>The recording with its next look in it.</returns>
    public async Task<Recording> SetAsync(Recording recording, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (RecordingTimes.NextLook(recording, now) is not { } next)
        {
            return recording with { WatchAt = null };
        }

        // Whole seconds: the row's name has no more.
        var at = DateTimeOffset.FromUnixTimeSeconds(next.ToUnixTimeSeconds() + 1);
        if (recording.WatchAt is { } filed && filed > now && filed <= at)
        {
            return recording;
        }

        TenantRecording row = new(recording.Id, recording.Room);
        var put = RowChange.Put(RowName(at, row), row, RecordingsJsonContext.Default.TenantRecording);
        await store.WriteAsync(Tables.Deadlines, Partition, [put], cancellationToken);
        return recording with { WatchAt = at };
    }

    /// <summary>Reads what is due.</summary>
    public async Task<IReadOnlyList<DueRecording>> DueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        RowRange range = new("0", TimeText(now.AddSeconds(1)));
        var rows = await store.ListAsync(Tables.Deadlines, Partition, range, MostAtOnce, cancellationToken);
        return
        [
            .. rows.Select(row => new DueRecording(
                row.Name,
                row.As(RecordingsJsonContext.Default.TenantRecording).Value
            )),
        ];
    }

    /// <summary>Says whether a row is the recording's present one.</summary>
    public static bool IsCurrent(DueRecording due, Recording recording) =>
        recording.WatchAt is { } at && string.Equals(due.Row, RowName(at, due.Recording), StringComparison.Ordinal);

    /// <summary>Drops a row.</summary>
    public Task DoneAsync(DueRecording due, CancellationToken cancellationToken) =>
        store.WriteAsync(Tables.Deadlines, Partition, [RowChange.Delete(due.Row)], cancellationToken);

    private static string RowName(DateTimeOffset at, TenantRecording recording) =>
        $"{TimeText(at)}|{recording.Room}|{recording.Recording}";

    private static string TimeText(DateTimeOffset at) =>
        at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>A recording that somebody must look at.</summary>
internal readonly record struct DueRecording(string Row, TenantRecording Recording);
