using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Webhooks;

/// <summary>Finds and changes a tenant's endpoints.</summary>
internal sealed class WebhookStore(ITableStore store)
{
    private const int MostTries = 10;

    /// <summary>Finds one; null also when it belongs to another tenant.</summary>
    public async Task<Row<Webhook>?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        WebhookId.IsWellFormed(id)
            ? await store.FindAsync(
                Tables.Webhooks,
                tenant.Value,
                Webhook.RowPrefix + id,
                WebhooksJsonContext.Default.Webhook,
                cancellationToken
            )
            : null;

    /// <summary>Lists endpoints in order of making.</summary>
    public async Task<IReadOnlyList<Row<Webhook>>> ListAsync(
        TenantId tenant,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var range = after is null
            ? RowRange.Prefix(Webhook.RowPrefix)
            : RowRange.After(Webhook.RowPrefix, Webhook.RowPrefix + after);
        var rows = await store.ListAsync(Tables.Webhooks, tenant.Value, range, limit, cancellationToken);
        return [.. rows.Select(row => row.As(WebhooksJsonContext.Default.Webhook))];
    }

    /// <summary>Saves a new one.</summary>
    /// <returns>As it is stored; null when the tenant has as many as it may have.</returns>
    public async Task<Row<Webhook>?> InsertAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        var known = await ListAsync(webhook.Tenant, after: null, WebhookLimits.Endpoints, cancellationToken);
        if (known.Count >= WebhookLimits.Endpoints)
        {
            return null;
        }

        var insert = RowChange.Insert(RowOf(webhook), webhook, WebhooksJsonContext.Default.Webhook);
        var written = await store.WriteAsync(Tables.Webhooks, webhook.Tenant.Value, [insert], cancellationToken);
        return new Row<Webhook>(webhook, written.ETags[0]);
    }

    /// <summary>Saves a change; null when another was faster.</summary>
    public async Task<Row<Webhook>?> ReplaceAsync(
        Row<Webhook> known,
        Webhook webhook,
        CancellationToken cancellationToken
    )
    {
        var type = WebhooksJsonContext.Default.Webhook;
        var replace = RowChange.Replace(RowOf(webhook), webhook, known.ETag, type);
        var written = await store.WriteAsync(Tables.Webhooks, webhook.Tenant.Value, [replace], cancellationToken);
        return written.Committed ? new Row<Webhook>(webhook, written.ETags[0]) : null;
    }

    /// <summary>Deletes one.</summary>
    public Task DeleteAsync(Webhook webhook, CancellationToken cancellationToken) =>
        store.WriteAsync(Tables.Webhooks, webhook.Tenant.Value, [RowChange.Delete(RowOf(webhook))], cancellationToken);

    /// <summary>Switches off one that answered that it is gone, unless its tenant pointed it elsewhere meanwhile.</summary>
    public async Task DisableAsync(Webhook webhook, DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var known = await FindAsync(webhook.Tenant, webhook.Id.Value, cancellationToken);
            if (
                known is not { Value: { Disabled: null } current }
                || !string.Equals(current.Fields.Url, webhook.Fields.Url, StringComparison.Ordinal)
            )
            {
                return;
            }

            var disabled = current with { Disabled = DisabledReason.Gone, DisabledAt = now, UpdatedAt = now };
            if (await ReplaceAsync(known, disabled, cancellationToken) is not null)
            {
                return;
            }
        }
    }

    private static string RowOf(Webhook webhook) => Webhook.RowPrefix + webhook.Id;
}
