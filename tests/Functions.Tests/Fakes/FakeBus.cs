using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Tests.Fakes;

/// <summary>A bus that remembers what was sent; can be broken.</summary>
internal sealed class FakeBus : IMessageBus
{
    public bool IsDown { get; set; }

    public List<(string Entity, BusMessage Message)> Sent { get; } = [];

    public List<(string Entity, BusMessage Message, DateTimeOffset At)> Scheduled { get; } = [];

    public IEnumerable<object?> Orders =>
        Sent.Select(one => MessageTypes.Read(one.Message.Type, one.Message.Body.Span));

    public Task SendAsync(string entity, IReadOnlyList<BusMessage> messages, CancellationToken cancellationToken)
    {
        if (IsDown)
        {
            throw new BusException(BusFailure.Unavailable, "The bus is down.");
        }

        Sent.AddRange(messages.Select(message => (entity, message)));
        return Task.CompletedTask;
    }

    public Task<long> ScheduleAsync(
        string entity,
        BusMessage message,
        DateTimeOffset enqueueAt,
        CancellationToken cancellationToken
    )
    {
        if (IsDown)
        {
            throw new BusException(BusFailure.Unavailable, "The bus is down.");
        }

        Scheduled.Add((entity, message, enqueueAt));
        return Task.FromResult((long)Scheduled.Count);
    }

    public Task CancelScheduledAsync(string entity, long sequenceNumber, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IMessageReceiver Receive(string entity, ReceiveOptions options) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
