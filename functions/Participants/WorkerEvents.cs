using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Participants;

/// <summary>Takes facts from the queue "worker-events" and hands them to every area.</summary>
internal sealed partial class WorkerEvents(IEnumerable<WorkerEventHandler> handlers, ILogger<WorkerEvents> logger)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new QueueFunction(
            "WorkerEvents",
            BusEntities.WorkerEvents,
            Batch: true,
            services => services.GetRequiredService<WorkerEvents>().HandleAsync
        ),
    ];

    private async Task HandleAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        List<WorkerEvent> events = [];
        foreach (var message in messages)
        {
            if (MessageTypes.Read(message.Type, message.Body.Span) is WorkerEvent fact)
            {
                events.Add(fact);
            }
            else
            {
                // It will be no more readable next time, and must not take the rest of its batch with it.
                Unreadable(logger, message.Id, message.Type, message.DeliveryCount);
            }
        }

        foreach (var handler in handlers)
        {
            await handler(events, cancellationToken);
        }
    }

    [LoggerMessage(2402, LogLevel.Error, "Message {Id} of type \"{Type}\" (delivery {Delivery}) is no worker event")]
    private static partial void Unreadable(ILogger logger, string id, string type, int delivery);
}
