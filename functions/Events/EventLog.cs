using System.Globalization;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Events;

/// <summary>
/// A tenant's events in the order in which they were filed, which readers can follow without missing one: table "events",
/// partition tenant, rows "head", "e|" and the place, "id|" and the event's id.
/// </summary>
internal sealed class EventLog(ITableStore store, Retention retention, TimeProvider clock)
{
    private const string HeadRow = "head";
    private const string PlacePrefix = "e|";
    private const string IdPrefix = "id|";
    private const int MostTries = 30;
    private const int Stripes = 64;

    // Events of one tenant queue up here rather than at the row that counts them; only other instances compete for it.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>How long a tenant can catch up.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Files an event; one that is filed already stays where it is.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer, or others kept being faster.</exception>
    public async Task FileAsync(RaisedEvent raised, CancellationToken cancellationToken)
    {
        await retention.NoteAsync(Tables.Events, raised.Tenant.Value, cancellationToken);
        var turn = _turns[(raised.Tenant.GetHashCode() & int.MaxValue) % Stripes];
        await turn.WaitAsync(cancellationToken);
        try
        {
            for (var tries = 0; tries < MostTries; tries++)
            {
                if (await TryFileAsync(raised, cancellationToken))
                {
                    return;
                }
            }
        }
        finally
        {
            turn.Release();
        }

        throw new StorageUnavailableException($"The event log of {raised.Tenant} kept being changed by others.");
    }

    /// <summary>Finds an event's place in the log; null when it is unknown or no longer kept.</summary>
    public async Task<long?> FindPlaceAsync(TenantId tenant, string id, CancellationToken cancellationToken)
    {
        if (!EventId.IsWellFormed(id))
        {
            return null;
        }

        var type = EventsJsonContext.Default.EventPlace;
        var found = await store.FindAsync(Tables.Events, tenant.Value, IdPrefix + id, type, cancellationToken);
        return found?.Value.Place;
    }

    /// <summary>Reads one event.</summary>
    public async Task<RaisedEvent?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken)
    {
        if (await FindPlaceAsync(tenant, id, cancellationToken) is not { } place)
        {
            return null;
        }

        var type = EventsJsonContext.Default.RaisedEvent;
        var found = await store.FindAsync(Tables.Events, tenant.Value, RowOf(place), type, cancellationToken);
        return found?.Value;
    }

    /// <summary>Reads events after a place, oldest first; 0 for all that are kept.</summary>
    public async Task<IReadOnlyList<RaisedEvent>> ListAsync(
        TenantId tenant,
        long after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var range = RowRange.After(PlacePrefix, RowOf(after));
        var rows = await store.ListAsync(Tables.Events, tenant.Value, range, limit, cancellationToken);
        return [.. rows.Select(row => row.As(EventsJsonContext.Default.RaisedEvent).Value)];
    }

    private async Task<bool> TryFileAsync(RaisedEvent raised, CancellationToken cancellationToken)
    {
        if (await FindPlaceAsync(raised.Tenant, raised.Id.Value, cancellationToken) is not null)
        {
            return true;
        }

        var type = EventsJsonContext.Default.EventLogHead;
        var tenant = raised.Tenant.Value;
        var head = await store.FindAsync(Tables.Events, tenant, HeadRow, type, cancellationToken);
        EventLogHead next = new((head?.Value.Last ?? 0) + 1);
        var written = await store.WriteAsync(
            Tables.Events,
            tenant,
            [
                head is null
                    ? RowChange.Insert(HeadRow, next, type)
                    : RowChange.Replace(HeadRow, next, head.ETag, type),
                RowChange.Insert(RowOf(next.Last), raised, EventsJsonContext.Default.RaisedEvent),
                RowChange.Insert(IdPrefix + raised.Id, new EventPlace(next.Last), EventsJsonContext.Default.EventPlace),
            ],
            cancellationToken
        );
        return written.Committed;
    }

    /// <summary>Throws away what is no longer kept.</summary>
    /// <returns>How many events went.</returns>
    public async Task<int> CleanAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        const int most = 45; // two rows each, in one transaction
        var cleaned = 0;
        while (true)
        {
            var all = RowRange.Prefix(PlacePrefix);
            var rows = await store.ListAsync(Tables.Events, tenant.Value, all, most, cancellationToken);
            var type = EventsJsonContext.Default.RaisedEvent;
            var old = rows.TakeWhile(row => !IsKept(row.As(type).Value)).ToList();
            if (old.Count == 0)
            {
                return cleaned;
            }

            var changes = old.SelectMany(row =>
                new[] { RowChange.Delete(row.Name), RowChange.Delete(IdPrefix + row.As(type).Value.Id) }
            );
            var written = await store.WriteAsync(Tables.Events, tenant.Value, [.. changes], cancellationToken);
            if (!written.Committed)
            {
                return cleaned; // another instance is at it
            }

            cleaned += old.Count;
        }
    }

    private bool IsKept(RaisedEvent raised) => clock.GetUtcNow() - raised.At < Kept;

    private static string RowOf(long place) => PlacePrefix + place.ToString("D19", CultureInfo.InvariantCulture);
}

/// <summary>How far a tenant's log goes.</summary>
internal sealed record EventLogHead(long Last);

/// <summary>Where an event is in its tenant's log.</summary>
internal sealed record EventPlace(long Place);
