using System.Collections.Concurrent;
using System.Globalization;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Tests.Fakes;

/// <summary>Tables in memory with the real ones' rules; can be broken, and can let another writer in between.</summary>
internal sealed class FakeTableStore : ITableStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Table, string Partition, string Row), StoredRow> _rows = new(ByCodePoint);
    private long _version;

    private static readonly Comparer<(string Table, string Partition, string Row)> ByCodePoint = Comparer<(
        string Table,
        string Partition,
        string Row
    )>.Create(
        (one, other) =>
            string.CompareOrdinal(one.Table, other.Table) is var tables and not 0 ? tables
            : string.CompareOrdinal(one.Partition, other.Partition) is var partitions and not 0 ? partitions
            : string.CompareOrdinal(one.Row, other.Row)
    );

    private int _reads;
    private int _lists;
    private int _writes;

    public bool IsDown { get; set; }

    /// <summary>Gets how often it was asked.</summary>
    public (int Reads, int Lists, int Writes) Asked => (_reads, _lists, _writes);

    /// <summary>Gets or sets what another writer does just before the next write.</summary>
    public Action? BeforeNextWrite { get; set; }

    /// <summary>Gets what was asked of storage, in order: each is one billed operation.</summary>
    public ConcurrentQueue<TableOperation> Operations { get; } = [];

    public IReadOnlyList<StoredRow> RowsOf(string table) =>
        [.. _rows.Where(row => row.Key.Table == table).Select(row => row.Value)];

    public Task<StoredRow?> FindAsync(string table, string partition, string row, CancellationToken cancellationToken)
    {
        Operations.Enqueue(new TableOperation(OperationKind.Find, table, partition, default, 1));
        ThrowIfDown();
        Interlocked.Increment(ref _reads);
        lock (_lock)
        {
            return Task.FromResult(_rows.GetValueOrDefault((table, partition, row)));
        }
    }

    public Task<IReadOnlyList<StoredRow>> ListAsync(
        string table,
        string partition,
        RowRange range,
        int limit,
        CancellationToken cancellationToken
    )
    {
        Operations.Enqueue(new TableOperation(OperationKind.List, table, partition, range, limit));
        return ReadAsync(key => key.Table == table && key.Partition == partition && IsIn(range, key.Row), limit);
    }

    public Task<IReadOnlyList<StoredRow>> ListPartitionsAsync(
        string table,
        RowRange partitions,
        int limit,
        CancellationToken cancellationToken
    )
    {
        Operations.Enqueue(new TableOperation(OperationKind.Scan, table, "", partitions, limit));
        return ReadAsync(key => key.Table == table && IsIn(partitions, key.Partition), limit);
    }

    public Task<WriteResult> WriteAsync(
        string table,
        string partition,
        IReadOnlyList<RowChange> changes,
        CancellationToken cancellationToken
    )
    {
        var before = BeforeNextWrite;
        BeforeNextWrite = null;
        before?.Invoke();
        Operations.Enqueue(new TableOperation(OperationKind.Write, table, partition, default, changes.Count));
        ThrowIfDown();
        Interlocked.Increment(ref _writes);
        Assert.InRange(changes.Count, 0, 100);
        Assert.Equal(changes.Count, changes.Select(change => change.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(changes, change => Assert.DoesNotContain(change.Name, one => "/\\#?".Contains(one)));
        lock (_lock)
        {
            if (changes is [{ Kind: ChangeKind.Delete, ETag: null } alone] && !Has(table, partition, alone))
            {
                return Task.FromResult(new WriteResult(Committed: true, [""]));
            }

            return Task.FromResult(
                changes.All(change => IsAllowed(table, partition, change))
                    ? new WriteResult(Committed: true, [.. changes.Select(change => Apply(table, partition, change))])
                    : WriteResult.Conflict
            );
        }
    }

    private bool IsAllowed(string table, string partition, RowChange change) =>
        change.Kind switch
        {
            ChangeKind.Insert => !Has(table, partition, change),
            ChangeKind.Put => true,
            _ => _rows.TryGetValue((table, partition, change.Name), out var row)
                && (change.ETag is null || change.ETag == row.ETag),
        };

    private bool Has(string table, string partition, RowChange change) =>
        _rows.ContainsKey((table, partition, change.Name));

    private string Apply(string table, string partition, RowChange change)
    {
        if (change.Kind is ChangeKind.Delete)
        {
            _rows.Remove((table, partition, change.Name));
            return "";
        }

        var etag = "W/\"" + (++_version).ToString(CultureInfo.InvariantCulture) + "\"";
        _rows[(table, partition, change.Name)] = new StoredRow(partition, change.Name, etag, change.Body!);
        return etag;
    }

    private Task<IReadOnlyList<StoredRow>> ReadAsync(
        Func<(string Table, string Partition, string Row), bool> wanted,
        int limit
    )
    {
        ThrowIfDown();
        Interlocked.Increment(ref _lists);
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<StoredRow>>([
                .. _rows.Where(row => wanted(row.Key)).Select(row => row.Value).Take(limit),
            ]);
        }
    }

    private void ThrowIfDown()
    {
        if (IsDown)
        {
            throw new StorageUnavailableException("Table storage does not answer.");
        }
    }

    private static bool IsIn(RowRange range, string name) =>
        string.CompareOrdinal(name, range.From) >= 0 && string.CompareOrdinal(name, range.Before) < 0;
}

/// <summary>One request to table storage.</summary>
/// <param name="Kind">What was asked.</param>
/// <param name="Table">Which table.</param>
/// <param name="Partition">Which partition; empty for a scan.</param>
/// <param name="Range">Which rows, of a list; which partitions, of a scan.</param>
/// <param name="Count">Most rows read, or how many are changed.</param>
internal sealed record TableOperation(OperationKind Kind, string Table, string Partition, RowRange Range, int Count);

internal enum OperationKind
{
    Find,
    List,
    Scan,
    Write,
}
