using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Keys;

/// <summary>/v1/keys: a tenant's API keys.</summary>
internal sealed class KeyFunctions(KeyStore keys, KeyDirectory directory)
{
    private const int NameCharacters = 128;

    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "Keys",
            "v1/keys",
            [
                new("GET", Access.Tenant, services => Of(services).ListAsync),
                new("POST", Access.Tenant, services => Of(services).CreateAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
        new HttpFunction(
            "Key",
            "v1/keys/{key}",
            [
                new("GET", Access.Tenant, services => Of(services).GetAsync),
                new("DELETE", Access.Tenant, services => Of(services).DeleteAsync),
            ]
        ),
    ];

    private async Task<Reply> CreateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (RequestFields.Parse(call.Body, out var fields) is { } malformed)
        {
            return Reply.Refused(malformed);
        }

        var name = fields.Text("name", NameCharacters) ?? "";
        if (fields.Finish() is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var (key, row) = await keys.CreateAsync(call.Tenant, name, cancellationToken);
        return Reply
            .Json(201, KeyBody.Of(row) with { Secret = key.Secret }, KeysJsonContext.Default.KeyBody)
            .With("Location", $"{call.Url}/{key.Id}");
    }

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var rows = await keys.ListAsync(call.Tenant, page.After, page.Limit + 1, cancellationToken);
        var shown = rows.Take(page.Limit).Select(row => row.Value).ToList();
        KeyList list = new([.. shown.Select(KeyBody.Of)])
        {
            NextCursor = rows.Count > page.Limit ? Page.CursorAfter(shown[^1].Id.Value) : null,
        };
        return Reply.Json(200, list, KeysJsonContext.Default.KeyList);
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken) =>
        await keys.FindAsync(call.Tenant, call.Route("key"), cancellationToken) is { } found
            ? Reply
                .Json(200, KeyBody.Of(found.Value), KeysJsonContext.Default.KeyBody)
                .With("ETag", ResourceTag.Of(found.ETag))
            : Reply.Refused(Refusal.KeyNotFound);

    private async Task<Reply> DeleteAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await keys.FindAsync(call.Tenant, call.Route("key"), cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.KeyNotFound);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        await keys.DeleteAsync(call.Tenant, found.Value.Id, cancellationToken);
        directory.Forget(found.Value.Id);
        return Reply.Empty(204);
    }

    private static KeyFunctions Of(IServiceProvider services) => services.GetRequiredService<KeyFunctions>();
}

/// <summary>A key as the API shows it.</summary>
internal sealed record KeyBody(ApiKeyId Id, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>Gets the secret; only in the answer that made the key.</summary>
    public string? Secret { get; init; }

    public static KeyBody Of(ApiKeyRow row) => new(row.Id, row.Name, row.CreatedAt);
}

/// <summary>A page of keys.</summary>
internal sealed record KeyList(IReadOnlyList<KeyBody> Data)
{
    public string? NextCursor { get; init; }
}
