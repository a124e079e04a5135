using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Events;

/// <summary>
/// Remembers which partitions got rows on which day (table "deadlines", partition "retention", row "day|table|partition"),
/// so that what is no longer kept can be thrown away without reading everything.
/// </summary>
internal sealed class Retention(ITableStore store, TimeProvider clock)
{
    private const string Partition = "retention";
    private const string DayFormat = "yyyyMMdd";
    private const int MostRemembered = 50_000;
    private const int MostAtOnce = 500;

    private readonly ConcurrentDictionary<string, byte> _noted = new(StringComparer.Ordinal);

    /// <summary>Notes that a partition gets rows today.</summary>
    public async Task NoteAsync(string table, string partition, CancellationToken cancellationToken)
    {
        var row = $"{DayOf(clock.GetUtcNow())}|{table}|{partition}";
        if (_noted.ContainsKey(row))
        {
            return;
        }

        var put = RowChange.Put(row, new RetentionRow(table, partition), RetentionJsonContext.Default.RetentionRow);
        await store.WriteAsync(Tables.Deadlines, Partition, [put], cancellationToken);
        if (_noted.Count >= MostRemembered)
        {
            _noted.Clear();
        }

        _noted[row] = 0;
    }

    /// <summary>Finds partitions with rows that were written longer ago than a time.</summary>
    public async Task<IReadOnlyList<DueRetention>> DueAsync(TimeSpan kept, CancellationToken cancellationToken)
    {
        // The day itself still has younger rows: it is due when it is over.
        RowRange range = new("0", DayOf(clock.GetUtcNow() - kept));
        var rows = await store.ListAsync(Tables.Deadlines, Partition, range, MostAtOnce, cancellationToken);
        return [.. rows.Select(row => DueRetention.Of(row))];
    }

    /// <summary>Forgets a note whose rows are gone.</summary>
    public Task DoneAsync(DueRetention due, CancellationToken cancellationToken) =>
        store.WriteAsync(Tables.Deadlines, Partition, [RowChange.Delete(due.Row)], cancellationToken);

    private static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString(DayFormat, CultureInfo.InvariantCulture);
}

/// <summary>A partition that has rows to throw away.</summary>
internal sealed record DueRetention(string Row, string Table, string Partition)
{
    public static DueRetention Of(StoredRow stored)
    {
        var row = stored.As(RetentionJsonContext.Default.RetentionRow).Value;
        return new DueRetention(stored.Name, row.Table, row.Partition);
    }
}

/// <summary>A partition that got rows.</summary>
internal sealed record RetentionRow(string Table, string Partition);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RetentionRow))]
internal sealed partial class RetentionJsonContext : JsonSerializerContext;
