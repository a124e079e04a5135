using System.Text.Json;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Functions.Events;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Webhooks;

/// <summary>Finds and changes deliveries, and writes the orders that follow from them.</summary>
internal sealed class DeliveryStore(
    ITableStore store,
    Outbox outbox,
    Retention retention,
    IdSource ids,
    TimeProvider clock
)
{
    /// <summary>Finds one.</summary>
    public Task<Row<Delivery>?> FindAsync(WebhookId webhook, EventId id, CancellationToken cancellationToken) =>
        store.FindAsync(
            Tables.Deliveries,
            webhook.Value,
            Delivery.RowOf(id),
            WebhooksJsonContext.Default.Delivery,
            cancellationToken
        );

    /// <summary>Lists an endpoint's deliveries, newest first.</summary>
    /// <returns>The deliveries, and the last one's name for a cursor.</returns>
    public async Task<(IReadOnlyList<Row<Delivery>> Rows, string? Next)> ListAsync(
        WebhookId webhook,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var range = after is null
            ? RowRange.Prefix(Delivery.RowPrefix)
            : RowRange.After(Delivery.RowPrefix, Delivery.RowPrefix + after);
        var rows = await store.ListAsync(Tables.Deliveries, webhook.Value, range, limit + 1, cancellationToken);
        var shown = rows.Take(limit).ToList();
        return (
            [.. shown.Select(row => row.As(WebhooksJsonContext.Default.Delivery))],
            rows.Count > limit ? shown[^1].Name[Delivery.RowPrefix.Length..] : null
        );
    }

    /// <summary>Files a delivery unless it is filed.</summary>
    public async Task FileAsync(WebhookId webhook, Delivery delivery, CancellationToken cancellationToken)
    {
        await retention.NoteAsync(Tables.Deliveries, webhook.Value, cancellationToken);
        var insert = RowChange.Insert(Delivery.RowOf(delivery.Event), delivery, WebhooksJsonContext.Default.Delivery);
        await store.WriteAsync(Tables.Deliveries, webhook.Value, [insert], cancellationToken);
    }

    /// <summary>Saves a delivery; null when another was faster.</summary>
    public Task<Row<Delivery>?> SaveAsync(
        Webhook webhook,
        Row<Delivery> known,
        Delivery delivery,
        CancellationToken cancellationToken
    ) => CommitAsync(webhook, known, delivery, [], cancellationToken);

    /// <summary>Saves a delivery together with the order to attempt it when its next attempt is planned.</summary>
    public Task<Row<Delivery>?> SaveWithOrderAsync(
        Webhook webhook,
        Row<Delivery>? known,
        Delivery delivery,
        CancellationToken cancellationToken
    )
    {
        AttemptOrder order = new(webhook.Tenant, webhook.Id, delivery.Event, delivery.Ticket);
        var message = Wrap(order) with
        {
            EnqueueAt = delivery.NextAttemptAt > clock.GetUtcNow() ? delivery.NextAttemptAt : null,
        };
        return CommitAsync(webhook, known, delivery, [message], cancellationToken);
    }

    /// <summary>Makes the message that carries an order.</summary>
    public OutgoingMessage Wrap(AttemptOrder order) =>
        new(
            BusEntities.WebhookDeliveries,
            new BusMessage(
                ids.NewText("att_"),
                AttemptOrder.MessageType,
                WorkerOrders.Source,
                clock.GetUtcNow(),
                JsonSerializer.SerializeToUtf8Bytes(order, WebhooksJsonContext.Default.AttemptOrder)
            )
            {
                Subject = order.Webhook.Value,
                CorrelationId = order.Event.Value,
            }
        );

    private async Task<Row<Delivery>?> CommitAsync(
        Webhook webhook,
        Row<Delivery>? known,
        Delivery delivery,
        IReadOnlyList<OutgoingMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (known is null)
        {
            await retention.NoteAsync(Tables.Deliveries, webhook.Id.Value, cancellationToken);
        }

        var (name, type) = (Delivery.RowOf(delivery.Event), WebhooksJsonContext.Default.Delivery);
        var change = known is null
            ? RowChange.Insert(name, delivery, type)
            : RowChange.Replace(name, delivery, known.ETag, type);
        var commit = await outbox.CommitAsync(
            Tables.Deliveries,
            webhook.Id.Value,
            [change],
            messages,
            cancellationToken
        );
        return commit.Committed ? new Row<Delivery>(delivery, commit.ETags[0]) : null;
    }
}
