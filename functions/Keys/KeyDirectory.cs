using System.Collections.Concurrent;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Keys;

/// <summary>Finds keys by id, remembering for a second.</summary>
internal sealed class KeyDirectory(ITableStore store, KeyRing ring, TimeProvider clock)
{
    private const int MostRemembered = 10_000;
    private const int LongestId = 64;

    // A deleted key must be refused within a second, on every instance.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> _remembered = new(StringComparer.Ordinal);

    /// <summary>Finds a key; null when there is none, or its master key is gone.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!IsKeyId(id))
        {
            return null;
        }

        if (_remembered.TryGetValue(id, out var entry) && clock.GetElapsedTime(entry.At) < Memory)
        {
            return entry.Key;
        }

        var at = clock.GetTimestamp();
        var row = await store.FindAsync(
            Tables.Keys,
            id,
            ApiKeyRow.RowName,
            KeysJsonContext.Default.ApiKeyRow,
            cancellationToken
        );
        var key =
            row?.Value is { } found && ring.SecretOf(found.Id, found.MasterKey) is { } secret
                ? new ApiKey(found.Id, found.Tenant, secret)
                : null;
        if (_remembered.Count >= MostRemembered)
        {
            _remembered.Clear();
        }

        _remembered[id] = new Entry(key, at);
        return key;
    }

    /// <summary>Forgets a key that was just deleted here.</summary>
    public void Forget(ApiKeyId id) => _remembered.TryRemove(id.Value, out _);

    private static bool IsKeyId(string id) =>
        id.Length <= LongestId
        && id.StartsWith(ApiKeyId.Prefix, StringComparison.Ordinal)
        && id.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    private readonly record struct Entry(ApiKey? Key, long At);
}
