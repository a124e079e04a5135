using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Work;

/// <summary>
/// Takes work from a queue that all recorders compete for, one message at a time and only while there is room for it: a
/// recorder that refuses does not receive, so that the message stays for another.
/// </summary>
/// <typeparam name="TCommand">The kind of work.</typeparam>
internal sealed class WorkIntake<TCommand>(
    string entity,
    IWorkTaker<TCommand> taker,
    IMessageBus bus,
    TimeProvider clock,
    ILogger<WorkIntake<TCommand>> logger
) : BackgroundService
    where TCommand : RecorderCommand
{
    // How long a message may lie here after there is no more room for it.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                while (taker.Refusal is not null)
                {
                    await Task.Delay(Step, clock, stoppingToken);
                }

                await TakeOneAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Whoever is left takes it.
        }
    }

    private async Task TakeOneAsync(CancellationToken stopping)
    {
        // Each message keeps its receiver for as long as it is worked on: one credit, used up.
        var receiver = bus.Receive(entity, new ReceiveOptions(Credit: 1));
        var received = await ReceiveAsync(receiver, stopping);
        if (received is null)
        {
            await receiver.DisposeAsync();
            return;
        }

        var message = received.Message;
        var lease = new Lease(receiver, received, clock, logger);
        if (MessageTypes.Read(message.Type, message.Body.Span) is TCommand { Folder.Length: > 0 } command)
        {
            taker.Take(command, lease);
            return;
        }

        logger.WorkUnreadable(message.Id, message.Type);
        _ = await lease.DeadLetterAsync("Unreadable", $"No work of type {message.Type}.", stopping);
        await lease.DisposeAsync();
    }

    /// <summary>Waits for a message while there is room.</summary>
    /// <returns>Null when there is none any more, or the recorder stops.</returns>
    private async Task<ReceivedMessage?> ReceiveAsync(IMessageReceiver receiver, CancellationToken stopping)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var receiving = receiver.ReceiveAsync(waiting.Token);
        while (!receiving.IsCompleted)
        {
            _ = await Task.WhenAny(receiving, Task.Delay(Step, clock, waiting.Token));
            if (taker.Refusal is not null || stopping.IsCancellationRequested)
            {
                await waiting.CancelAsync();
                break;
            }
        }

        try
        {
            return await receiving;
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            return null;
        }
    }
}
