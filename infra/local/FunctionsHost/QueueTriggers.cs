using System.Text.Json.Nodes;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;

namespace EventMeet.FunctionsHost;

/// <summary>
/// Runs the Service Bus functions. Success completes the messages; failure abandons them, so that they come again at once
/// and are dead-lettered by the broker after its number of deliveries: as Azure's host does.
/// </summary>
internal sealed class QueueTriggers(
    FunctionApp app,
    IMessageBus bus,
    Invocation invocation,
    IdSource ids,
    TimeProvider clock,
    ILogger<QueueTriggers> logger
) : BackgroundService
{
    private const int MaxCredit = 200;

    // Azure's host takes what is there without waiting for more; this is how long "there" is.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            app.Queues.Select(queue =>
                queue.Batch ? RunBatchesAsync(queue, stoppingToken) : RunSinglesAsync(queue, stoppingToken)
            )
        );

    // As many calls at once as host.json allows, so that one that takes long does not hold up the others.
    private async Task RunSinglesAsync(QueueTriggered queue, CancellationToken stopping)
    {
        var calls = Math.Clamp(app.MaxCalls, 1, MaxCredit);
        await using var receiver = bus.Receive(queue.Queue, new ReceiveOptions(calls));
        await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => RunOneByOneAsync(queue, receiver, stopping)));
    }

    private async Task RunOneByOneAsync(QueueTriggered queue, IMessageReceiver receiver, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var message = await receiver.ReceiveAsync(stopping);
            await InvokeAsync(queue, receiver, [message], stopping);
        }
    }

    private async Task RunBatchesAsync(QueueTriggered queue, CancellationToken stopping)
    {
        var largest = Math.Min(app.MaxBatch, MaxCredit);
        await using var receiver = bus.Receive(queue.Queue, new ReceiveOptions(Math.Max(largest, 16)));
        var next = receiver.ReceiveAsync(stopping);
        while (!stopping.IsCancellationRequested)
        {
            List<ReceivedMessage> batch = [await next];
            next = receiver.ReceiveAsync(stopping);
            while (batch.Count < largest && await IsThereAsync(next, stopping))
            {
                batch.Add(await next);
                next = receiver.ReceiveAsync(stopping);
            }

            await InvokeAsync(queue, receiver, batch, stopping);
        }
    }

    private async Task<bool> IsThereAsync(Task<ReceivedMessage> next, CancellationToken stopping) =>
        next.IsCompleted || await Task.WhenAny(next, Task.Delay(Gather, clock, stopping)) == next;

    private async Task InvokeAsync(
        QueueTriggered queue,
        IMessageReceiver receiver,
        List<ReceivedMessage> batch,
        CancellationToken stopping
    )
    {
        var metadata = TriggerPayload.Sys(queue.Name, clock.GetUtcNow(), ids.NewText(""));
        JsonNode body;
        if (queue.Batch)
        {
            body = TriggerPayload.Bodies(batch, queue.Binary);
            TriggerPayload.Describe(metadata, batch);
        }
        else
        {
            body = TriggerPayload.Body(batch[0], queue.Binary);
            TriggerPayload.Describe(metadata, batch[0]);
        }

        bool succeeded;
        try
        {
            succeeded = await invocation.InvokeAsync(
                queue.Name,
                new JsonObject { [queue.Binding] = body },
                metadata,
                stopping
            );
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The handler ended while we waited for it to be ready.
            succeeded = false;
        }

        try
        {
            foreach (var message in batch)
            {
                _ = succeeded
                    ? await receiver.CompleteAsync(message, stopping)
                    : await receiver.AbandonAsync(message, stopping);
            }
        }
        catch (BusException failure)
        {
            // The broker is away: the locks run out and the messages come again.
            logger.SettlementFailed(queue.Name, failure.Message);
        }
    }
}
