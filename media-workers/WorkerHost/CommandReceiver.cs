using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventMeet.WorkerHost;

/// <summary>Receives the commands that are meant for this worker: the entity's session is its id. Each command is carried out once.</summary>
/// <typeparam name="TCommand">What the commands have in common.</typeparam>
internal sealed class CommandReceiver<TCommand>(
    string entity,
    IMessageBus bus,
    ICommandHandler<TCommand> handler,
    WorkerIdentity identity,
    ILogger<CommandReceiver<TCommand>> logger
) : BackgroundService
    where TCommand : class
{
    private const int Credit = 50;
    private readonly RecentIds _handled = new(capacity: 10_000);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var receiver = bus.Receive(entity, new ReceiveOptions(Credit, SessionId: identity.Id.Value));
        while (!stoppingToken.IsCancellationRequested)
        {
            var received = await receiver.ReceiveAsync(stoppingToken);
            await HandleAsync(receiver, received, stoppingToken);
        }
    }

    private async Task HandleAsync(IMessageReceiver receiver, ReceivedMessage received, CancellationToken stopping)
    {
        var message = received.Message;
        if (MessageTypes.Read(message.Type, message.Body.Span) is not TCommand command)
        {
            logger.CommandUnreadable(message.Id, message.Type);
            await SettleAsync(
                message.Id,
                receiver.DeadLetterAsync(received, "Unreadable", $"No command of type {message.Type}.", stopping)
            );
            return;
        }

        // A command whose completion was lost comes again; what it asked for has been done.
        if (_handled.Add(message.Id))
        {
            await handler.HandleAsync(command, stopping);
        }

        await SettleAsync(message.Id, receiver.CompleteAsync(received, stopping));
    }

    // The bus may go away at any time; that ends no media. The command comes again and its id is known.
    private async Task SettleAsync(string id, Task<bool> settled)
    {
        try
        {
            if (!await settled)
            {
                logger.CommandLockLost(id);
            }
        }
        catch (BusException)
        {
            logger.CommandLockLost(id);
        }
    }
}
