using System.Text.Json.Serialization.Metadata;

namespace EventMeet.Functions.Storage;

/// <summary>Reading rows as documents.</summary>
internal static class TableStoreExtensions
{
    public static async Task<Row<T>?> FindAsync<T>(
        this ITableStore store,
        string table,
        string partition,
        string row,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) => (await store.FindAsync(table, partition, row, cancellationToken))?.As(type);
}
