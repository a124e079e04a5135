using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Keys;

/// <summary>Makes, lists and deletes keys and tenants.</summary>
internal sealed class KeyStore(ITableStore store, KeyRing ring, TimeProvider clock, IdSource ids)
{
    /// <summary>Finds a tenant by name, or makes it.</summary>
    public async Task<TenantId> EnsureTenantAsync(string name, CancellationToken cancellationToken)
    {
        var row = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var type = KeysJsonContext.Default.Tenant;
        Tenant tenant = new(ids.New<TenantId>(), name, clock.GetUtcNow());
        var claim = RowChange.Insert(row, tenant, type);
        var claimed = await store.WriteAsync(Tables.Tenants, Tenant.NamesPartition, [claim], cancellationToken);
        if (!claimed.Committed)
        {
            var known = await store.FindAsync(Tables.Tenants, Tenant.NamesPartition, row, type, cancellationToken);
            tenant = known?.Value ?? tenant;
        }

        var put = RowChange.Put(Tenant.RowName, tenant, type);
        await store.WriteAsync(Tables.Tenants, tenant.Id.Value, [put], cancellationToken);
        return tenant.Id;
    }

    /// <summary>Makes a key. Listed first, so that no key works that the tenant cannot see.</summary>
    public async Task<(ApiKey Key, ApiKeyRow Row)> CreateAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken
    )
    {
        ApiKeyRow row = new(ids.New<ApiKeyId>(), tenant, name, ring.Current, clock.GetUtcNow());
        var type = KeysJsonContext.Default.ApiKeyRow;
        var listed = RowChange.Insert(ApiKeyRow.ListPrefix + row.Id, row, type);
        await store.WriteAsync(Tables.Tenants, tenant.Value, [listed], cancellationToken);
        var insert = RowChange.Insert(ApiKeyRow.RowName, row, type);
        await store.WriteAsync(Tables.Keys, row.Id.Value, [insert], cancellationToken);
        return (new ApiKey(row.Id, tenant, ring.SecretOf(row.Id, row.MasterKey)!), row);
    }

    /// <summary>Finds one of a tenant's keys.</summary>
    public async Task<Row<ApiKeyRow>?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        IsRowName(id)
            ? await store.FindAsync(
                Tables.Tenants,
                tenant.Value,
                ApiKeyRow.ListPrefix + id,
                KeysJsonContext.Default.ApiKeyRow,
                cancellationToken
            )
            : null;

    /// <summary>Lists a tenant's keys in order of making.</summary>
    public async Task<IReadOnlyList<Row<ApiKeyRow>>> ListAsync(
        TenantId tenant,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var range = after is null
            ? RowRange.Prefix(ApiKeyRow.ListPrefix)
            : RowRange.After(ApiKeyRow.ListPrefix, ApiKeyRow.ListPrefix + after);
        var rows = await store.ListAsync(Tables.Tenants, tenant.Value, range, limit, cancellationToken);
        return [.. rows.Select(row => row.As(KeysJsonContext.Default.ApiKeyRow))];
    }

    /// <summary>Deletes a key: it stops working before it leaves the list.</summary>
    public async Task DeleteAsync(TenantId tenant, ApiKeyId id, CancellationToken cancellationToken)
    {
        await store.WriteAsync(Tables.Keys, id.Value, [RowChange.Delete(ApiKeyRow.RowName)], cancellationToken);
        var unlist = RowChange.Delete(ApiKeyRow.ListPrefix + id);
        await store.WriteAsync(Tables.Tenants, tenant.Value, [unlist], cancellationToken);
    }

    private static bool IsRowName(string id) =>
        id.Length is > 0 and <= 64 && id.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
}
