using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Webhooks;

/// <summary>/v1/webhooks: a tenant's endpoints.</summary>
internal sealed class WebhookFunctions(
    WebhookStore webhooks,
    WebhookKeys keys,
    IOptions<WebhookOptions> options,
    TimeProvider clock,
    IdSource ids
)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "Webhooks",
            "v1/webhooks",
            [
                new("GET", Access.Tenant, services => Of(services).ListAsync),
                new("POST", Access.Tenant, services => Of(services).CreateAsync) { Accepts = ["application/json"] },
            ]
        ),
        new HttpFunction(
            "Webhook",
            "v1/webhooks/{webhook}",
            [
                new("GET", Access.Tenant, services => Of(services).GetAsync),
                new("PATCH", Access.Tenant, services => Of(services).UpdateAsync)
                {
                    Accepts = ["application/json", "application/merge-patch+json"],
                },
                new("DELETE", Access.Tenant, services => Of(services).DeleteAsync),
            ]
        ),
        new HttpFunction(
            "WebhookRotation",
            "v1/webhooks/{webhook}/rotate-secret",
            [
                new("POST", Access.Tenant, services => Of(services).RotateAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
        new HttpFunction(
            "WebhookPublicKeys",
            "v1/webhooks/{webhook}/public-keys",
            [new("GET", Access.Tenant, services => Of(services).ListKeysAsync)]
        ),
    ];

    private async Task<Reply> CreateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var loopback = options.Value.AllowLoopback;
        if (WebhookRequest.Read(call.Body, known: null, loopback, out var fields, out var enabled) is { } problem)
        {
            return Reply.Refused(problem);
        }

        var now = clock.GetUtcNow();
        Webhook webhook = new(ids.New<WebhookId>(), call.Tenant, fields, now)
        {
            UpdatedAt = now,
            Keys = [keys.First()],
        };
        webhook = Enable(webhook, enabled, now);
        return await webhooks.InsertAsync(webhook, cancellationToken) is { } made
            ? ShowSecret(201, made).With("Location", $"{call.Url}/{webhook.Id}")
            : Reply.Refused(Refusal.TooManyWebhooks);
    }

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var rows = await webhooks.ListAsync(call.Tenant, page.After, page.Limit + 1, cancellationToken);
        var shown = rows.Take(page.Limit).ToList();
        WebhookList list = new([.. shown.Select(BodyOf)])
        {
            NextCursor = rows.Count > page.Limit ? Page.CursorAfter(shown[^1].Value.Id.Value) : null,
        };
        return Reply.Json(200, list, WebhooksApiContext.Default.WebhookList);
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken) =>
        await FindAsync(call, cancellationToken) is { } found
            ? Show(200, BodyOf(found))
            : Reply.Refused(Refusal.WebhookNotFound);

    private async Task<Reply> ListKeysAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await FindAsync(call, cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.WebhookNotFound);
        }

        var pairs = keys.PairsOf(found.Value, clock.GetUtcNow());
        PublicKeyList list = new([.. pairs.Select(pair => new PublicKeyBody(pair.PublicKeyText))]);
        return Reply.Json(200, list, WebhooksApiContext.Default.PublicKeyList);
    }

    private async Task<Reply> UpdateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await FindAsync(call, cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.WebhookNotFound);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        var (known, loopback) = (found.Value, options.Value.AllowLoopback);
        if (WebhookRequest.Read(call.Body, known.Fields, loopback, out var fields, out var enabled) is { } problem)
        {
            return Reply.Refused(problem);
        }

        var now = clock.GetUtcNow();
        var webhook = Enable(known with { Fields = fields, UpdatedAt = now }, enabled, now);
        return await webhooks.ReplaceAsync(found, webhook, cancellationToken) is { } saved
            ? Show(200, BodyOf(saved))
            : Reply.Refused(Refusal.ConcurrentChange);
    }

    private async Task<Reply> DeleteAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await FindAsync(call, cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.WebhookNotFound);
        }

        if (call.CheckIfMatch(ResourceTag.Of(found.ETag), required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        await webhooks.DeleteAsync(found.Value, cancellationToken);
        return Reply.Empty(204);
    }

    private async Task<Reply> RotateAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (WebhookRequest.ReadOverlap(call.Body, out var overlap) is { } problem)
        {
            return Reply.Refused(problem);
        }

        if (await FindAsync(call, cancellationToken) is not { } found)
        {
            return Reply.Refused(Refusal.WebhookNotFound);
        }

        var now = clock.GetUtcNow();
        var rotated = found.Value with { Keys = keys.Rotate(found.Value.Keys, overlap, now), UpdatedAt = now };
        return await webhooks.ReplaceAsync(found, rotated, cancellationToken) is { } saved
            ? ShowSecret(200, saved)
            : Reply.Refused(Refusal.ConcurrentChange);
    }

    private static Webhook Enable(Webhook webhook, bool? enabled, DateTimeOffset now) =>
        enabled switch
        {
            true => webhook with { Disabled = null, DisabledAt = null },
            false when webhook.Disabled is null => webhook with { Disabled = DisabledReason.Request, DisabledAt = now },
            _ => webhook,
        };

    private Task<Row<Webhook>?> FindAsync(HttpCall call, CancellationToken cancellationToken) =>
        webhooks.FindAsync(call.Tenant, call.Route("webhook"), cancellationToken);

    private WebhookBody BodyOf(Row<Webhook> row) => BodyOf(row, PairOf(row));

    private WebhookKeyPair? PairOf(Row<Webhook> row) =>
        keys.PairsOf(row.Value, clock.GetUtcNow()) is [var current, ..] ? current : null;

    private static WebhookBody BodyOf(Row<Webhook> row, WebhookKeyPair? pair) =>
        WebhookBody.Of(row.Value, pair?.PublicKeyText, ResourceTag.Of(row.ETag));

    private Reply ShowSecret(int status, Row<Webhook> row)
    {
        var pair = PairOf(row);
        return Show(status, BodyOf(row, pair) with { Secret = pair?.SecretText });
    }

    private static Reply Show(int status, WebhookBody body) =>
        Reply.Json(status, body, WebhooksApiContext.Default.WebhookBody).With("ETag", body.Etag);

    private static WebhookFunctions Of(IServiceProvider services) => services.GetRequiredService<WebhookFunctions>();
}
