using EventMeet.Contracts;
using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Webhooks;

/// <summary>/v1/webhooks/{webhook}/deliveries and …/test: what an endpoint was told, and telling it again.</summary>
internal sealed class DeliveryFunctions(
    WebhookStore webhooks,
    DeliveryStore deliveries,
    TimeProvider clock,
    IdSource ids
)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "WebhookTest",
            "v1/webhooks/{webhook}/test",
            [
                new("POST", Access.Tenant, services => Of(services).TestAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
        new HttpFunction(
            "WebhookLog",
            "v1/webhooks/{webhook}/deliveries",
            [new("GET", Access.Tenant, services => Of(services).ListAsync)]
        ),
        new HttpFunction(
            "WebhookLogEntry",
            "v1/webhooks/{webhook}/deliveries/{delivery}",
            [new("GET", Access.Tenant, services => Of(services).GetAsync)]
        ),
        new HttpFunction(
            "WebhookRedelivery",
            "v1/webhooks/{webhook}/deliveries/{delivery}/redeliver",
            [
                new("POST", Access.Tenant, services => Of(services).RedeliverAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
    ];

    private async Task<Reply> TestAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (NoFields(call) is { } problem)
        {
            return Reply.Refused(problem);
        }

        if (await FindAsync(call, cancellationToken) is not { } webhook)
        {
            return Reply.Refused(Refusal.WebhookNotFound);
        }

        if (webhook.Disabled is not null)
        {
            return Reply.Refused(Refusal.WebhookDisabled);
        }

        var now = clock.GetUtcNow();
        EventData data = new(call.Tenant) { Webhook = webhook.Id.Value };
        EventPayload payload = new(EventTypes.WebhookTest, now, data);
        Delivery delivery = new(ids.New<EventId>(), payload.Type, now, payload.Write()) { NextAttemptAt = now };
        return await deliveries.SaveWithOrderAsync(webhook, known: null, delivery, cancellationToken) is { } saved
            ? Show(202, saved)
            : Reply.Refused(Refusal.ConcurrentChange);
    }

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        if (await FindAsync(call, cancellationToken) is not { } webhook)
        {
            return Reply.Refused(Refusal.WebhookNotFound);
        }

        var (rows, next) = await deliveries.ListAsync(webhook.Id, page.After, page.Limit, cancellationToken);
        DeliveryList list = new([.. rows.Select(row => DeliveryBody.Of(row.Value))])
        {
            NextCursor = next is null ? null : Page.CursorAfter(next),
        };
        return Reply.Json(200, list, WebhooksApiContext.Default.DeliveryList);
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refusal, _, found) = await FindDeliveryAsync(call, cancellationToken);
        return found is null ? Reply.Refused(refusal) : Show(200, found);
    }

    private async Task<Reply> RedeliverAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (NoFields(call) is { } problem)
        {
            return Reply.Refused(problem);
        }

        var (refusal, webhook, found) = await FindDeliveryAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refusal);
        }

        if (webhook!.Disabled is not null)
        {
            return Reply.Refused(Refusal.WebhookDisabled);
        }

        if (DeliveryDecider.Redeliver(found.Value, clock.GetUtcNow()) is not { } again)
        {
            return Reply.Refused(Refusal.DeliveryUnderWay);
        }

        return await deliveries.SaveWithOrderAsync(webhook, found, again, cancellationToken) is { } saved
            ? Show(202, saved)
            : Reply.Refused(Refusal.ConcurrentChange);
    }

    private async Task<(Refusal Refusal, Webhook? Webhook, Row<Delivery>? Delivery)> FindDeliveryAsync(
        HttpCall call,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(call, cancellationToken) is not { } webhook)
        {
            return (Refusal.WebhookNotFound, null, null);
        }

        var found = DeliveryBody.EventOf(call.Route("delivery")) is { } id
            ? await deliveries.FindAsync(webhook.Id, id, cancellationToken)
            : null;
        return (Refusal.DeliveryNotFound, webhook, found);
    }

    private async Task<Webhook?> FindAsync(HttpCall call, CancellationToken cancellationToken) =>
        (await webhooks.FindAsync(call.Tenant, call.Route("webhook"), cancellationToken))?.Value;

    private static Problem? NoFields(HttpCall call) =>
        RequestFields.Parse(call.Body, out var fields) is { } malformed ? malformed : fields.Finish();

    private static Reply Show(int status, Row<Delivery> row) =>
        Reply
            .Json(status, DeliveryBody.Of(row.Value), WebhooksApiContext.Default.DeliveryBody)
            .With("ETag", ResourceTag.Of(row.ETag));

    private static DeliveryFunctions Of(IServiceProvider services) => services.GetRequiredService<DeliveryFunctions>();
}
