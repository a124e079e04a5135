using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventMeet.Functions.Storage;

/// <summary>
/// Tables as this product uses them: a row is one JSON document under a partition and a row name; changes within one
/// partition happen together or not at all, and only to rows that still have the ETag the writer knew.
/// </summary>
internal interface ITableStore
{
    /// <summary>Reads one row; null when there is none.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    Task<StoredRow?> FindAsync(string table, string partition, string row, CancellationToken cancellationToken);

    /// <summary>Reads rows of one partition in order of their names.</summary>
    /// <param name="table">Which table.</param>
    /// <param name="partition">Which partition.</param>
    /// <param name="range">Which rows.</param>
    /// <param name="limit">Most rows returned.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    Task<IReadOnlyList<StoredRow>> ListAsync(
        string table,
        string partition,
        RowRange range,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>Finds rows of all partitions whose name is in a range. For timers that clean up, never for a request.</summary>
    /// <param name="table">Which table.</param>
    /// <param name="partitions">Which partitions.</param>
    /// <param name="limit">Most rows returned.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    Task<IReadOnlyList<StoredRow>> ListPartitionsAsync(
        string table,
        RowRange partitions,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>Makes up to 100 changes to one partition, all or none.</summary>
    /// <returns>Not committed when a row to insert exists, or one to replace or delete is gone or has another ETag.</returns>
    /// <exception cref="StorageUnavailableException">Storage does not answer; the changes may have been made.</exception>
    Task<WriteResult> WriteAsync(
        string table,
        string partition,
        IReadOnlyList<RowChange> changes,
        CancellationToken cancellationToken
    );
}

/// <summary>A row as stored.</summary>
internal sealed record StoredRow(string Partition, string Name, string ETag, string Body)
{
    /// <summary>Reads the document.</summary>
    public Row<T> As<T>(JsonTypeInfo<T> type) =>
        new(JsonSerializer.Deserialize(Body, type) ?? throw new JsonException("A row is never null."), ETag);
}

/// <summary>A document and the ETag it was read under.</summary>
internal sealed record Row<T>(T Value, string ETag);

/// <summary>Row names from one (included) to another (excluded), compared by code point.</summary>
internal readonly record struct RowRange(string From, string Before)
{
    /// <summary>All names that start so. The prefix must not end in U+FFFF.</summary>
    public static RowRange Prefix(string prefix) => new(prefix, prefix[..^1] + (char)(prefix[^1] + 1));

    /// <summary>Names of a prefix that come after one of them.</summary>
    public static RowRange After(string prefix, string last) => Prefix(prefix) with { From = last + "\u0001" };
}

/// <summary>What became of a write.</summary>
/// <param name="Committed">All changes were made; else none.</param>
/// <param name="ETags">The new ETag of each change's row, in order; empty text for deleted rows.</param>
internal readonly record struct WriteResult(bool Committed, IReadOnlyList<string> ETags)
{
    public static readonly WriteResult Conflict = new(Committed: false, []);
}

/// <summary>Storage does not answer, or says that it is busy.</summary>
internal sealed class StorageUnavailableException : Exception
{
    public StorageUnavailableException() { }

    public StorageUnavailableException(string message)
        : base(message) { }

    public StorageUnavailableException(string message, Exception? inner)
        : base(message, inner) { }
}
