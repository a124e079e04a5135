using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventMeet.Functions.Storage;

/// <summary>One change to one row.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Name">The row's name.</param>
/// <param name="Body">The document; null to delete.</param>
/// <param name="ETag">The ETag the row must still have; null where that does not matter.</param>
internal sealed record RowChange(ChangeKind Kind, string Name, string? Body, string? ETag)
{
    /// <summary>The row must not exist.</summary>
    public static RowChange Insert<T>(string name, T value, JsonTypeInfo<T> type) =>
        new(ChangeKind.Insert, name, JsonSerializer.Serialize(value, type), null);

    /// <summary>The row must exist with this ETag.</summary>
    public static RowChange Replace<T>(string name, T value, string etag, JsonTypeInfo<T> type) =>
        new(ChangeKind.Replace, name, JsonSerializer.Serialize(value, type), etag);

    /// <summary>Whatever was there before.</summary>
    public static RowChange Put<T>(string name, T value, JsonTypeInfo<T> type) =>
        new(ChangeKind.Put, name, JsonSerializer.Serialize(value, type), null);

    /// <summary>The row must exist, with this ETag unless it is null. Alone in a write, a missing row is no conflict.</summary>
    public static RowChange Delete(string name, string? etag = null) => new(ChangeKind.Delete, name, null, etag);
}

/// <summary>What a change does.</summary>
internal enum ChangeKind
{
    Insert,
    Replace,
    Put,
    Delete,
}
