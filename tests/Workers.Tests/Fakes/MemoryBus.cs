using System.Threading.Channels;
using EventMeet.Contracts.Bus;

namespace EventMeet.Workers.Tests.Fakes;

/// <summary>A bus in memory: remembers what was sent, delivers what a test puts in, can be away.</summary>
internal sealed class MemoryBus : IMessageBus
{
    private readonly Channel<ReceivedMessage> _commands = Channel.CreateUnbounded<ReceivedMessage>();
    private readonly List<BusMessage> _sent = [];
    private long _sequence;

    public bool IsDown { get; set; }

    /// <summary>Gets or sets what settling a message throws; null for nothing.</summary>
    public Exception? SettlingFails { get; set; }

    public IReadOnlyList<BusMessage> Sent
    {
        get
        {
            lock (_sent)
            {
                return [.. _sent];
            }
        }
    }

    public Channel<string> Settled { get; } = Channel.CreateUnbounded<string>();

    /// <summary>Gets a signal for every attempt to send.</summary>
    public Channel<bool> Attempts { get; } = Channel.CreateUnbounded<bool>();

    public void Deliver(BusMessage message) =>
        _commands.Writer.TryWrite(
            new ReceivedMessage(message, Guid.Empty, 0, ++_sequence, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue)
        );

    public Task SendAsync(string entity, IReadOnlyList<BusMessage> messages, CancellationToken cancellationToken)
    {
        var isDown = IsDown;
        if (!isDown)
        {
            lock (_sent)
            {
                _sent.AddRange(messages);
            }
        }

        Attempts.Writer.TryWrite(!isDown);
        return isDown
            ? Task.FromException(new BusException(BusFailure.Unavailable, "The bus is away."))
            : Task.CompletedTask;
    }

    public IMessageReceiver Receive(string entity, ReceiveOptions options) => new Receiver(this);

    public Task<long> ScheduleAsync(
        string entity,
        BusMessage message,
        DateTimeOffset enqueueAt,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task CancelScheduledAsync(string entity, long sequenceNumber, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Receiver(MemoryBus bus) : IMessageReceiver
    {
        public async Task<ReceivedMessage> ReceiveAsync(CancellationToken cancellationToken) =>
            await bus._commands.Reader.ReadAsync(cancellationToken);

        public Task<bool> CompleteAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
            Settle($"completed {message.Message.Id}");

        public Task<bool> AbandonAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
            Settle($"abandoned {message.Message.Id}");

        public Task<bool> DeadLetterAsync(
            ReceivedMessage message,
            string reason,
            string description,
            CancellationToken cancellationToken
        ) => Settle($"dead {message.Message.Id} {reason}");

        public Task<DateTimeOffset?> RenewLockAsync(ReceivedMessage message, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task<bool> Settle(string what)
        {
            bus.Settled.Writer.TryWrite(what);
            return bus.SettlingFails is { } failure ? Task.FromException<bool>(failure) : Task.FromResult(true);
        }
    }
}
