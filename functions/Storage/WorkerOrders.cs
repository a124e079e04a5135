using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Storage;

/// <summary>Wraps orders to SFU workers as messages.</summary>
internal sealed class WorkerOrders(TimeProvider clock, IdSource ids)
{
    /// <summary>What messages from here name as their source.</summary>
    public const string Source = "/eventmeet/functions";

    // A worker that has been away for longer has lost its rooms; the order is about nothing.
    private static readonly TimeSpan Worth = TimeSpan.FromMinutes(2);

    /// <summary>Makes the message that carries an order to one worker.</summary>
    /// <param name="worker">Whose session of the queue.</param>
    /// <param name="order">What to do.</param>
    /// <param name="traceParent">The request behind it.</param>
    public OutgoingMessage To(WorkerId worker, SfuCommand order, string? traceParent) =>
        new(
            BusEntities.SfuCommands,
            new BusMessage(
                ids.NewText("cmd_"),
                MessageTypes.NameOf(order),
                Source,
                clock.GetUtcNow(),
                MessageTypes.Write(order)
            )
            {
                Subject = order.Room.Value,
                SessionId = worker.Value,
                TraceParent = traceParent,
                TimeToLive = Worth,
            }
        );
}
