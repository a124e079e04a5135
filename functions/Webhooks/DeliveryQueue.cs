using System.Security.Cryptography;
using System.Text.Json;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Webhooks;

/// <summary>
/// Takes messages from the queue "webhook-deliveries": events to be filed and handed to the endpoints that want them, and
/// orders to make an attempt. Messages may come twice.
/// </summary>
internal sealed partial class DeliveryQueue(
    EventLog log,
    WebhookStore webhooks,
    DeliveryStore deliveries,
    WebhookKeys keys,
    WebhookSender sender,
    IMessageBus bus,
    IdSource ids,
    TimeProvider clock,
    ILogger<DeliveryQueue> logger
)
{
    private const int ChanceSteps = 1000;

    // With the longest wait between, about two days: then an operator must look at the dead-letter queue.
    private const int MostDeferrals = 600;
    private static readonly TimeSpan ShortestDeferral = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDeferral = TimeSpan.FromMinutes(5);

    /// <summary>Handles messages.</summary>
    /// <exception cref="StorageUnavailableException">Storage has been away for days.</exception>
    public async Task HandleAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            switch (Read(message))
            {
                case RaisedEvent raised:
                    await TryAsync(raised, raised.Deferrals, cancellationToken);
                    break;
                case AttemptOrder order:
                    await TryAsync(order, cancellationToken);
                    break;
                default:
                    // It will be no more readable next time.
                    Unreadable(logger, message.Id, message.Type, message.DeliveryCount);
                    break;
            }
        }
    }

    // The host gives a failed message back at once, and five times at most: too few for storage that is away for a minute.
    private async Task TryAsync(RaisedEvent raised, int deferrals, CancellationToken cancellationToken)
    {
        try
        {
            await FanOutAsync(raised, cancellationToken);
        }
        catch (StorageUnavailableException e) when (deferrals < MostDeferrals)
        {
            PutOff(logger, raised.Id.Value, e);
            var later = raised with { Deferrals = deferrals + 1 };
            BusMessage message = new(
                ids.NewText("again_"), // another id: the broker drops a second message of the same
                RaisedEvent.MessageType,
                WorkerOrders.Source,
                clock.GetUtcNow(),
                JsonSerializer.SerializeToUtf8Bytes(later, EventsJsonContext.Default.RaisedEvent)
            );
            await ScheduleAsync(message, DeferralAfter(deferrals), cancellationToken);
        }
    }

    private async Task TryAsync(AttemptOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await AttemptAsync(order, cancellationToken);
        }
        catch (StorageUnavailableException e) when (order.Deferrals < MostDeferrals)
        {
            PutOff(logger, order.Event.Value, e);
            await PutOffAsync(order, DeferralAfter(order.Deferrals), cancellationToken);
        }
    }

    private async Task FanOutAsync(RaisedEvent raised, CancellationToken cancellationToken)
    {
        await log.FileAsync(raised, cancellationToken);
        var endpoints = await webhooks.ListAsync(raised.Tenant, null, WebhookLimits.Endpoints, cancellationToken);
        List<BusMessage> orders = [];
        foreach (var webhook in endpoints.Select(row => row.Value).Where(webhook => webhook.Wants(raised)))
        {
            var now = clock.GetUtcNow();
            Delivery delivery = new(raised.Id, raised.Type, now, raised.Body) { NextAttemptAt = now };
            await deliveries.FileAsync(webhook.Id, delivery, cancellationToken);
            // Also for one that was filed before: whoever filed it may have died before the order left. At worst the
            // order is stale.
            AttemptOrder order = new(webhook.Tenant, webhook.Id, raised.Id, delivery.Ticket);
            orders.Add(deliveries.Wrap(order).Message);
        }

        if (orders.Count > 0)
        {
            await bus.SendAsync(BusEntities.WebhookDeliveries, orders, cancellationToken);
        }
    }

    private async Task AttemptAsync(AttemptOrder order, CancellationToken cancellationToken)
    {
        var endpoint = await webhooks.FindAsync(order.Tenant, order.Webhook.Value, cancellationToken);
        var known = await deliveries.FindAsync(order.Webhook, order.Event, cancellationToken);
        if (endpoint is null || known is null)
        {
            return; // the tenant deleted it
        }

        var webhook = endpoint.Value;
        var now = clock.GetUtcNow();
        var admission = DeliveryDecider.Admit(known.Value, order.Ticket, webhook.Disabled is null, now);
        switch (admission.Kind)
        {
            case AdmissionKind.Later when order.Deferrals < MostDeferrals:
                await PutOffAsync(order, known.Value.ClaimedUntil!.Value - now, cancellationToken);
                break;
            case AdmissionKind.GiveUp:
                await deliveries.SaveAsync(webhook, known, admission.Delivery, cancellationToken);
                break;
            case AdmissionKind.Attempt:
                if (await deliveries.SaveAsync(webhook, known, admission.Delivery, cancellationToken) is { } claimed)
                {
                    await AttemptAsync(webhook, claimed, cancellationToken);
                }
                else
                {
                    // Somebody else claimed it this very moment; their claim decides.
                    await PutOffAsync(order, ShortestDeferral, cancellationToken);
                }

                break;
            default:
                break;
        }
    }

    private async Task AttemptAsync(Webhook webhook, Row<Delivery> claimed, CancellationToken cancellationToken)
    {
        var pairs = keys.PairsOf(webhook, clock.GetUtcNow());
        var outcome = await sender.SendAsync(webhook, claimed.Value, pairs, cancellationToken);
        var now = clock.GetUtcNow();
        var chance = (double)RandomNumberGenerator.GetInt32(ChanceSteps) / ChanceSteps;
        var delivery = DeliveryDecider.Finish(claimed.Value, outcome, now, chance);
        if (outcome.IsGone)
        {
            await webhooks.DisableAsync(webhook, now, cancellationToken);
        }

        var saved = delivery.NextAttemptAt is null
            ? await deliveries.SaveAsync(webhook, claimed, delivery, cancellationToken)
            : await deliveries.SaveWithOrderAsync(webhook, claimed, delivery, cancellationToken);
        if (saved is null)
        {
            ClaimLost(logger, delivery.Event.Value, webhook.Id.Value);
        }
        else if (delivery.State is DeliveryState.Dead)
        {
            GivenUp(logger, delivery.Event.Value, webhook.Id.Value, delivery.AttemptCount);
        }
    }

    private Task<long> PutOffAsync(AttemptOrder order, TimeSpan wait, CancellationToken cancellationToken)
    {
        var later = deliveries.Wrap(order with { Deferrals = order.Deferrals + 1 });
        return ScheduleAsync(later.Message, wait, cancellationToken);
    }

    private Task<long> ScheduleAsync(BusMessage message, TimeSpan wait, CancellationToken cancellationToken) =>
        bus.ScheduleAsync(BusEntities.WebhookDeliveries, message, clock.GetUtcNow() + wait, cancellationToken);

    private static TimeSpan DeferralAfter(int deferrals)
    {
        var wait = ShortestDeferral * Math.Pow(2, Math.Min(deferrals, 10));
        return wait < LongestDeferral ? wait : LongestDeferral;
    }

    private static object? Read(QueueMessage message)
    {
        try
        {
            return message.Type switch
            {
                RaisedEvent.MessageType => JsonSerializer.Deserialize(
                    message.Body.Span,
                    EventsJsonContext.Default.RaisedEvent
                ),
                AttemptOrder.MessageType => JsonSerializer.Deserialize(
                    message.Body.Span,
                    WebhooksJsonContext.Default.AttemptOrder
                ),
                _ => null,
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(2501, LogLevel.Error, "Message {Id} of type \"{Type}\" (delivery {Delivery}) is no webhook message")]
    private static partial void Unreadable(ILogger logger, string id, string type, int delivery);

    [LoggerMessage(2502, LogLevel.Warning, "Event {Event} is put off: storage does not answer")]
    private static partial void PutOff(ILogger logger, string @event, Exception e);

    [LoggerMessage(2503, LogLevel.Warning, "Event {Event} to {Webhook}: the attempt took so long that another began")]
    private static partial void ClaimLost(ILogger logger, string @event, string webhook);

    [LoggerMessage(2504, LogLevel.Information, "Event {Event} to {Webhook} is given up after {Attempts} attempt(s)")]
    private static partial void GivenUp(ILogger logger, string @event, string webhook, int attempts);
}
