namespace EventMeet.Functions.Storage;

/// <summary>
/// Deletes the outbox rows of messages that were sent, and the markers that lead to them. Not done, the sweeper sends
/// the messages again under the same ids, which their receivers know.
/// </summary>
internal sealed partial class OutboxCleaner(ITableStore store, TimeProvider clock, ILogger<OutboxCleaner> logger)
    : GatheredWork<SentMessages>(clock)
{
    private const int MostPerTransaction = 100;

    /// <inheritdoc/>
    protected override async Task HandleAsync(IReadOnlyList<SentMessages> batch)
    {
        try
        {
            foreach (var partition in batch.GroupBy(sent => (sent.Table, sent.Partition)))
            {
                var rows = partition.SelectMany(sent => sent.Rows);
                await DeleteAsync(store, partition.Key.Table, partition.Key.Partition, rows, CancellationToken.None);
            }

            // Last: until its rows are gone a marker must lead to them.
            var markers = batch.Select(sent => sent.Marker);
            await DeleteAsync(store, Tables.Outbox, Outbox.MarkerPartition, markers, CancellationToken.None);
        }
        catch (StorageUnavailableException e)
        {
            LeftToSweeper(logger, batch.Count, e);
        }
    }

    /// <summary>Deletes rows that may be gone already, as many as possible at once.</summary>
    public static async Task DeleteAsync(
        ITableStore store,
        string table,
        string partition,
        IEnumerable<string> rows,
        CancellationToken cancellationToken
    )
    {
        foreach (var some in rows.Chunk(MostPerTransaction))
        {
            List<RowChange> deletions = [.. some.Select(row => RowChange.Delete(row))];
            if ((await store.WriteAsync(table, partition, deletions, cancellationToken)).Committed)
            {
                continue;
            }

            // One by one: a row that a sweeper has deleted already must not keep the rest.
            foreach (var deletion in deletions)
            {
                await store.WriteAsync(table, partition, [deletion], cancellationToken);
            }
        }
    }

    [LoggerMessage(2203, LogLevel.Warning, "The outbox rows of {Count} commit(s) are left to the sweeper")]
    private static partial void LeftToSweeper(ILogger logger, int count, Exception e);
}

/// <summary>Messages that have left.</summary>
/// <param name="Table">Where their rows are.</param>
/// <param name="Partition">In which partition.</param>
/// <param name="Rows">The rows' names; none when nothing was committed.</param>
/// <param name="Marker">What leads the sweeper there.</param>
internal sealed record SentMessages(string Table, string Partition, IReadOnlyList<string> Rows, string Marker);
