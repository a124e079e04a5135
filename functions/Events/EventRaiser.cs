using System.Diagnostics;
using System.Text.Json;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Events;

/// <summary>Makes events of what happened in a room, to be committed together with the change of state behind them.</summary>
internal sealed class EventRaiser(ITableStore store, IdSource ids, TimeProvider clock)
{
    /// <summary>Numbers what happened and writes it down as messages.</summary>
    /// <param name="room">The room as it shall be.</param>
    /// <param name="happenings">In order.</param>
    /// <param name="traceParent">The request behind it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What belongs into the transaction that changes the room's partition.</returns>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<RaisedEvents> RaiseAsync(
        Room room,
        IReadOnlyList<Happening> happenings,
        string? traceParent,
        CancellationToken cancellationToken
    )
    {
        if (happenings.Count == 0)
        {
            return RaisedEvents.None;
        }

        var type = EventsJsonContext.Default.EventCount;
        var counted = await store.FindAsync(Tables.Rooms, room.Id.Value, EventCount.RowName, type, cancellationToken);
        var before = counted?.Value.Sequence ?? 0;
        EventCount after = new(before + happenings.Count);
        var count = counted is null
            ? RowChange.Insert(EventCount.RowName, after, type)
            : RowChange.Replace(EventCount.RowName, after, counted.ETag, type);
        var messages = happenings.Select(
            (one, index) => Wrap(Raise(room, one, before + index + 1, traceParent), traceParent)
        );
        return new RaisedEvents([count], [.. messages]);
    }

    private RaisedEvent Raise(Room room, Happening happening, long sequence, string? traceParent)
    {
        EventData data = new(room.Tenant)
        {
            Room = EventRoom.Of(room),
            Sequence = sequence,
            TraceId = ActivityContext.TryParse(traceParent, traceState: null, out var trace)
                ? trace.TraceId.ToHexString()
                : null,
            Participant = happening.Participant,
            Track = happening.Track,
            Reason = happening.Reason,
            Recording = happening.Recording,
            Composite = happening.Composite,
            Files = happening.Files,
            FileCount = happening.Files?.Count,
        };
        EventPayload payload = new(happening.Type, happening.At, data);
        return new RaisedEvent(
            ids.New<EventId>(),
            room.Tenant,
            happening.Type,
            happening.At,
            room.Id,
            room.Fields.Name,
            payload.Write()
        );
    }

    private OutgoingMessage Wrap(RaisedEvent raised, string? traceParent) =>
        new(
            BusEntities.WebhookDeliveries,
            new BusMessage(
                raised.Id.Value,
                RaisedEvent.MessageType,
                WorkerOrders.Source,
                clock.GetUtcNow(),
                JsonSerializer.SerializeToUtf8Bytes(raised, EventsJsonContext.Default.RaisedEvent)
            )
            {
                Subject = raised.Room?.Value,
                TraceParent = traceParent,
            }
        );
}

/// <summary>What raised events add to a transaction.</summary>
internal readonly record struct RaisedEvents(IReadOnlyList<RowChange> Changes, IReadOnlyList<OutgoingMessage> Messages)
{
    public static readonly RaisedEvents None = new([], []);
}
