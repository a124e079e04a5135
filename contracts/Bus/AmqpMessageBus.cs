using System.Runtime.ExceptionServices;
using Amqp;
using Amqp.Types;
using Microsoft.Extensions.Logging;

namespace EventMeet.Contracts.Bus;

/// <summary>
/// The message bus over AMQP 1.0 in Service Bus's dialect. One connection, kept by itself; what is sent during an outage
/// waits, up to <see cref="BusConnectionOptions.OperationTimeout"/>, and is sent again under the same id, which the
/// broker's duplicate detection makes safe.
/// </summary>
/// <param name="options">Where the broker is and how to speak to it.</param>
/// <param name="clock">What time it is.</param>
/// <param name="logger">Where to tell about connections.</param>
public sealed class AmqpMessageBus(BusConnectionOptions options, TimeProvider clock, ILogger<AmqpMessageBus> logger)
    : IMessageBus
{
    private readonly BusConnection _connection = new(options, clock, logger);
    private readonly SemaphoreSlim _sendWindow = new(options.SendWindow);

    /// <summary>Gets a value indicating whether there is a connection now; for health, not for deciding to send.</summary>
    public bool IsConnected => _connection.IsConnected;

    /// <summary>
    /// Waits until the broker is there and an entity can be sent to, so that the first message need not. A connection
    /// alone would not last: Service Bus closes one on which no token is put within 20 s.
    /// </summary>
    /// <param name="entity">A name of <see cref="BusEntities"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="BusException">The broker refused.</exception>
    public async Task ConnectAsync(string entity, CancellationToken cancellationToken)
    {
        var live = await _connection.GetAsync(cancellationToken);
        _ = await live.SenderAsync(entity, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="BusException">The broker refused, or was not there in time.</exception>
    public Task SendAsync(string entity, IReadOnlyList<BusMessage> messages, CancellationToken cancellationToken)
    {
        var pending = messages.ToList();
        return Retrying.RunAsync(
            _connection.Options,
            clock,
            async (again, limit) =>
            {
                if (again is not null)
                {
                    logger.SendingAgain(entity, again.Message);
                }

                var live = await _connection.GetAsync(limit);
                await SendPendingAsync(await live.SenderAsync(entity, limit), pending, limit);
                return true;
            },
            cancellationToken
        );
    }

    /// <inheritdoc/>
    /// <exception cref="BusException">The broker refused, or was not there in time.</exception>
    public Task<long> ScheduleAsync(
        string entity,
        BusMessage message,
        DateTimeOffset enqueueAt,
        CancellationToken cancellationToken
    )
    {
        var amqp = CloudEventsBinding.ToAmqp(message);
        amqp.MessageAnnotations = new Amqp.Framing.MessageAnnotations();
        amqp.MessageAnnotations[new Symbol("x-opt-scheduled-enqueue-time")] = enqueueAt.UtcDateTime;
        var encoded = amqp.Encode();
        var entry = new Map
        {
            ["message-id"] = message.Id,
            ["message"] = encoded.Buffer.AsSpan(encoded.Offset, encoded.Length).ToArray(),
        };
        if (message.SessionId is { } session)
        {
            entry["session-id"] = session;
        }

        var body = new Map { ["messages"] = new List { entry } };
        return Retrying.RunAsync(
            _connection.Options,
            clock,
            async (_, limit) =>
            {
                var live = await _connection.GetAsync(limit);
                var management = await live.ManagementAsync(entity, limit);
                var reply = await management.CallAsync("com.microsoft:schedule-message", body, limit);
                return reply?["sequence-numbers"] is long[] { Length: 1 } numbers
                    ? numbers[0]
                    : throw new BusException(BusFailure.Refused, "The broker gave no sequence number.");
            },
            cancellationToken
        );
    }

    /// <inheritdoc/>
    /// <exception cref="BusException">The broker refused, or was not there in time.</exception>
    public async Task CancelScheduledAsync(string entity, long sequenceNumber, CancellationToken cancellationToken)
    {
        var body = new Map { ["sequence-numbers"] = new[] { sequenceNumber } };
        try
        {
            await Retrying.RunAsync(
                _connection.Options,
                clock,
                async (_, limit) =>
                {
                    var live = await _connection.GetAsync(limit);
                    var management = await live.ManagementAsync(entity, limit);
                    return await management.CallAsync("com.microsoft:cancel-scheduled-message", body, limit);
                },
                cancellationToken
            );
        }
        catch (BusException exception) when (exception.Failure is BusFailure.NotFound)
        {
            // It has become visible already, or a repeated call found the first one's work done.
        }
    }

    /// <inheritdoc/>
    public IMessageReceiver Receive(string entity, ReceiveOptions options) =>
        new AmqpMessageReceiver(_connection, entity, options, clock, logger);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _sendWindow.Dispose();
    }

    /// <summary>Sends all that are still to be sent, in order, and takes those that the broker has stored off the list.</summary>
    private async Task SendPendingAsync(EntitySender sender, List<BusMessage> pending, CancellationToken limit)
    {
        var underWay = new List<(BusMessage Message, Task Sending)>(pending.Count);
        foreach (var message in pending)
        {
            await _sendWindow.WaitAsync(limit);
            underWay.Add((message, SendOneAsync(sender, CloudEventsBinding.ToAmqp(message), limit)));
        }

        pending.Clear();
        BusException? fault = null;
        foreach (var (message, sending) in underWay)
        {
            try
            {
                await sending;
            }
            catch (BusException exception)
            {
                pending.Add(message);

                // One that no retry can mend says more than one that the outage explains.
                fault = fault is { IsTransient: false } ? fault : exception;
            }
        }

        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    private async Task SendOneAsync(EntitySender sender, Message message, CancellationToken limit)
    {
        try
        {
            await sender.SendAsync(message, limit);
        }
        finally
        {
            _sendWindow.Release();
        }
    }
}
