using EventMeet.Contracts;
using EventMeet.Functions.Events;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Webhooks;

/// <summary>Throws away events and deliveries that are no longer kept.</summary>
internal sealed class DeliveryRetention(ITableStore store, Retention retention, EventLog log, TimeProvider clock)
{
    private const int MostAtOnce = 90;

    /// <summary>Cleans every partition that is due.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        foreach (var due in await retention.DueAsync(EventLog.Kept, cancellationToken))
        {
            await (
                due.Table is Tables.Events
                    ? log.CleanAsync(new TenantId(due.Partition), cancellationToken)
                    : CleanDeliveriesAsync(due.Partition, cancellationToken)
            );
            await retention.DoneAsync(due, cancellationToken);
        }
    }

    private async Task CleanDeliveriesAsync(string webhook, CancellationToken cancellationToken)
    {
        var oldest = Delivery.OldestRowFrom(clock.GetUtcNow() - EventLog.Kept);
        var range = RowRange.Prefix(Delivery.RowPrefix) with { From = oldest };
        while (true)
        {
            var rows = await store.ListAsync(Tables.Deliveries, webhook, range, MostAtOnce, cancellationToken);
            if (rows.Count == 0)
            {
                return;
            }

            var deletions = rows.Select(row => RowChange.Delete(row.Name)).ToList();
            if (!(await store.WriteAsync(Tables.Deliveries, webhook, deletions, cancellationToken)).Committed)
            {
                return; // another instance is at it
            }
        }
    }
}
