using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>Wraps what is to be told to recorders and shards as messages.</summary>
internal sealed class RecorderOrders(WorkerOrders shards, TimeProvider clock, IdSource ids)
{
    // A recorder that has been away for longer has lost its work, and the next one asks by itself.
    private static readonly TimeSpan Worth = TimeSpan.FromMinutes(2);

    /// <summary>Makes the message.</summary>
    public OutgoingMessage Wrap(RecordingOrder order, string? traceParent) =>
        order switch
        {
            ToShard shard => shards.To(shard.Worker, shard.Order, traceParent),
            ToRecorder one => Wrap(BusEntities.RecorderOrders, one.Order, one.Order.Recording, traceParent, one.Worker),
            // Without an end: whoever loses the recorder that has it must find it again, however late.
            ToAnyRecorder { Command: MakeComposite film } => Wrap(
                BusEntities.CompositeJobs,
                film,
                film.Recording,
                traceParent
            ),
            ToAnyRecorder any => Wrap(BusEntities.RecorderCommands, any.Command, any.Command.Recording, traceParent),
            _ => throw new ArgumentOutOfRangeException(nameof(order), order, "Nobody takes such an order."),
        };

    private OutgoingMessage Wrap(
        string entity,
        object order,
        RecordingId recording,
        string? traceParent,
        WorkerId? worker = null
    ) =>
        new(
            entity,
            new BusMessage(
                ids.NewText("cmd_"),
                MessageTypes.NameOf(order),
                WorkerOrders.Source,
                clock.GetUtcNow(),
                MessageTypes.Write(order)
            )
            {
                Subject = recording.Value,
                SessionId = worker?.Value,
                TraceParent = traceParent,
                TimeToLive = worker is null ? null : Worth,
            }
        );
}
