using EventMeet.Contracts;
using EventMeet.Contracts.Bus;

namespace EventMeet.Functions.Storage;

/// <summary>
/// Writes state and the messages that follow from it in one transaction, sends the messages, forgets them. What a crash
/// or a broken bus leaves behind is sent by <see cref="SweepAsync"/>. A message may be sent twice, with the same id.
/// </summary>
/// <remarks>
/// The sweeper must find leftovers without reading every partition: a marker in the table "outbox" names the partition
/// before the transaction and goes after the last message was sent.
/// </remarks>
internal sealed partial class Outbox(
    ITableStore store,
    IMessageBus bus,
    OutboxCleaner cleaner,
    TimeProvider clock,
    IdSource ids,
    ILogger<Outbox> logger
)
{
    /// <summary>What every outbox row's name starts with, in whatever partition.</summary>
    public const string RowPrefix = "outbox|";

    /// <summary>The partition of the table "outbox" that holds the markers.</summary>
    public const string MarkerPartition = "pending";
    private const int MostMessages = 50;
    private const int MostMarkers = 100;

    // A browser waits for the answer meanwhile; the sweeper has more patience.
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(2);

    // Younger ones are still being sent by whoever wrote them.
    private static readonly TimeSpan SweepAfter = TimeSpan.FromSeconds(3);

    // A marker without messages: its transaction failed, or has not happened yet. No request lives this long.
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(5);

    /// <summary>Writes changes and messages together, then sends.</summary>
    /// <param name="table">The table of the state.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="changes">Changes of state; with the messages at most 100.</param>
    /// <param name="messages">At most 50.</param>
    /// <param name="cancellationToken">Stops waiting; what is committed will be sent all the same.</param>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public Task<CommitResult> CommitAsync(
        string table,
        string partition,
        IReadOnlyList<RowChange> changes,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    ) => CommitAsync(table, partition, marker: null, changes, messages, cancellationToken);

    /// <summary>Writes a marker ahead, while what the commit needs is still being read.</summary>
    /// <returns>The marker: for <see cref="CommitAsync(string, string, string, IReadOnlyList{RowChange}, IReadOnlyList{OutgoingMessage}, CancellationToken)"/>, else for <see cref="Abandon"/>.</returns>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<string> MarkAsync(string table, string partition, CancellationToken cancellationToken)
    {
        var marker = ids.NewText("");
        var pending = new OutboxMarker(table, partition, clock.GetUtcNow());
        var insert = RowChange.Insert(marker, pending, StorageJsonContext.Default.OutboxMarker);
        await store.WriteAsync(Tables.Outbox, MarkerPartition, [insert], cancellationToken);
        return marker;
    }

    /// <summary>Gives back a marker that no commit follows.</summary>
    public void Abandon(string marker) =>
        _ = cleaner.TryAdd(new SentMessages(Tables.Outbox, MarkerPartition, [], marker));

    /// <summary>Writes changes and messages together, then sends; see the shorter form.</summary>
    /// <param name="table">The table of the state.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="marker">Written ahead for this partition; null for none.</param>
    /// <param name="changes">Changes of state; with the messages at most 100.</param>
    /// <param name="messages">At most 50; at least one when a marker was written.</param>
    /// <param name="cancellationToken">Stops waiting; what is committed will be sent all the same.</param>
    public async Task<CommitResult> CommitAsync(
        string table,
        string partition,
        string? marker,
        IReadOnlyList<RowChange> changes,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, MostMessages, nameof(messages));
        if (messages.Count == 0)
        {
            var plain = await store.WriteAsync(table, partition, changes, cancellationToken);
            return new CommitResult(plain.Committed, Sent: plain.Committed, plain.ETags);
        }

        marker ??= await MarkAsync(table, partition, cancellationToken);
        var rows = messages.Select(message =>
            RowChange.Insert(RowNameOf(message), OutboxRow.From(message), StorageJsonContext.Default.OutboxRow)
        );
        var written = await store.WriteAsync(table, partition, [.. changes, .. rows], cancellationToken);
        if (!written.Committed)
        {
            Abandon(marker);
            return new CommitResult(Committed: false, Sent: false, []);
        }

        var sent = await TrySendAsync(table, partition, messages, marker, cancellationToken);
        return new CommitResult(Committed: true, sent, [.. written.ETags.Take(changes.Count)]);
    }

    /// <summary>Sends what others left behind.</summary>
    /// <returns>How many messages were sent.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var everything = new RowRange("0", "~");
        var markers = await store.ListAsync(Tables.Outbox, MarkerPartition, everything, MostMarkers, cancellationToken);
        var sent = 0;
        foreach (var stored in markers)
        {
            var marker = stored.As(StorageJsonContext.Default.OutboxMarker).Value;
            var age = clock.GetUtcNow() - marker.At;
            if (age < SweepAfter)
            {
                continue;
            }

            var rows = await store.ListAsync(
                marker.Table,
                marker.Partition,
                RowRange.Prefix(RowPrefix),
                MostMessages,
                cancellationToken
            );
            if (rows.Count == 0)
            {
                if (age >= ForgetAfter)
                {
                    await DeleteMarkerAsync(stored.Name, cancellationToken);
                }

                continue;
            }

            var messages = rows.Select(row => row.As(StorageJsonContext.Default.OutboxRow).Value.ToMessage());
            await SendAsync([.. messages], cancellationToken);
            var names = rows.Select(row => row.Name);
            await OutboxCleaner.DeleteAsync(store, marker.Table, marker.Partition, names, cancellationToken);
            sent += rows.Count;
            if (rows.Count < MostMessages)
            {
                await DeleteMarkerAsync(stored.Name, cancellationToken);
            }
        }

        return sent;
    }

    private async Task<bool> TrySendAsync(
        string table,
        string partition,
        IReadOnlyList<OutgoingMessage> messages,
        string marker,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(SendPatience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await SendAsync(messages, both.Token);
            SentMessages sent = new(table, partition, [.. messages.Select(RowNameOf)], marker);
            if (!cleaner.TryAdd(sent))
            {
                await OutboxCleaner.DeleteAsync(store, table, partition, sent.Rows, both.Token);
                await DeleteMarkerAsync(marker, both.Token);
            }

            return true;
        }
        catch (Exception e) when (LeftBehind(e, messages.Count))
        {
            return false;
        }
    }

    private async Task SendAsync(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var group in messages.GroupBy(message => message.Entity, StringComparer.Ordinal))
        {
            List<BusMessage> now = [.. group.Where(one => one.EnqueueAt is null).Select(one => one.Message)];
            if (now.Count > 0)
            {
                await bus.SendAsync(group.Key, now, cancellationToken);
            }
        }

        foreach (var later in messages)
        {
            if (later.EnqueueAt is { } at)
            {
                await bus.ScheduleAsync(later.Entity, later.Message, at, cancellationToken);
            }
        }
    }

    private Task<WriteResult> DeleteMarkerAsync(string marker, CancellationToken cancellationToken) =>
        store.WriteAsync(Tables.Outbox, MarkerPartition, [RowChange.Delete(marker)], cancellationToken);

    private bool LeftBehind(Exception e, int count)
    {
        MessagesLeftBehind(logger, count, e);
        return true;
    }

    private static string RowNameOf(OutgoingMessage message) => RowPrefix + message.Message.Id;

    [LoggerMessage(2201, LogLevel.Warning, "{Count} message(s) could not be sent yet; the sweeper will send them")]
    private static partial void MessagesLeftBehind(ILogger logger, int count, Exception e);
}

/// <summary>A message and where it goes.</summary>
/// <param name="Entity">A name of <see cref="BusEntities"/>.</param>
/// <param name="Message">What to send; its id is unique in the partition.</param>
internal sealed record OutgoingMessage(string Entity, BusMessage Message)
{
    /// <summary>Gets when it shall become visible; null for at once.</summary>
    public DateTimeOffset? EnqueueAt { get; init; }
}

/// <summary>What became of a commit.</summary>
/// <param name="Committed">State and messages are stored; else nothing is.</param>
/// <param name="Sent">The messages have left; else the sweeper sends them within seconds of the bus coming back.</param>
/// <param name="ETags">The new ETag of each change, in order.</param>
internal readonly record struct CommitResult(bool Committed, bool Sent, IReadOnlyList<string> ETags);
