using System.Text.Json.Serialization;
using EventMeet.Contracts;

namespace EventMeet.Functions.Keys;

/// <summary>What is stored of a key (table "keys", partition its id, row "key"): nothing secret.</summary>
/// <param name="Id">The public half.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Name">What the tenant calls it.</param>
/// <param name="MasterKey">Which master key its secret is derived from, see <see cref="KeyRing"/>.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record ApiKeyRow(ApiKeyId Id, TenantId Tenant, string Name, string MasterKey, DateTimeOffset CreatedAt)
{
    public const string RowName = "key";

    /// <summary>In the tenant's partition of "tenants", followed by the key's id.</summary>
    public const string ListPrefix = "key|";
}

/// <summary>A tenant: table "tenants", partition its id, row "tenant".</summary>
internal sealed record Tenant(TenantId Id, string Name, DateTimeOffset CreatedAt)
{
    public const string RowName = "tenant";

    /// <summary>The partition in which tenants are found by name.</summary>
    public const string NamesPartition = "names";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ApiKeyRow))]
[JsonSerializable(typeof(Tenant))]
[JsonSerializable(typeof(KeyBody))]
[JsonSerializable(typeof(KeyList))]
internal sealed partial class KeysJsonContext : JsonSerializerContext;
