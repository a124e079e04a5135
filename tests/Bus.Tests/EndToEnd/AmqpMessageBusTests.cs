using EventMeet.Contracts.Bus;

namespace EventMeet.Bus.Tests.EndToEnd;

public sealed class AmqpMessageBusTests : IAsyncLifetime
{
    private LocalBroker _broker = null!;
    private AmqpMessageBus _bus = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _broker = LocalBroker.Start();
        _bus = _broker.Connect();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_message_arrives_as_it_was_sent()
    {
        var sent = Messages.New("id") with
        {
            Subject = "room",
            CorrelationId = "c",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            TimeToLive = TimeSpan.FromMinutes(5),
        };
        await _bus.SendAsync("plain", [sent], Stop);
        await using var receiver = _bus.Receive("plain", new ReceiveOptions(10));
        var received = await receiver.ReceiveAsync(Stop);
        Assert.Equal(sent with { Body = default }, received.Message with { Body = default });
        Assert.Equal(sent.Body.ToArray(), received.Message.Body.ToArray());
        Assert.Equal(0, received.DeliveryCount);
        Assert.Equal(1, received.SequenceNumber);
        Assert.True(received.LockedUntil > received.EnqueuedAt);
        Assert.True(await receiver.CompleteAsync(received, Stop));
        Assert.False(await receiver.CompleteAsync(received, Stop));
    }

    [Fact]
    public async Task Many_messages_arrive_in_order_whatever_the_credit()
    {
        await _bus.SendAsync("plain", Messages.Many(700), Stop);
        await using var receiver = _bus.Receive("plain", new ReceiveOptions(7));
        for (var i = 0; i < 700; i++)
        {
            var received = await receiver.ReceiveAsync(Stop);
            Assert.Equal($"{i}", received.Message.Id);
            Assert.True(await receiver.CompleteAsync(received, Stop));
        }
    }

    [Fact]
    public async Task Credit_bounds_what_is_held_and_settling_gives_it_back()
    {
        await _bus.SendAsync("plain", Messages.Many(10), Stop);
        await using var receiver = _bus.Receive("plain", new ReceiveOptions(3));
        List<ReceivedMessage> held = [];
        for (var i = 0; i < 3; i++)
        {
            held.Add(await receiver.ReceiveAsync(Stop));
        }

        Assert.Equal(3, Locked("plain"));
        await Task.WhenAll(held.Select(message => receiver.CompleteAsync(message, Stop)));
        Assert.Equal("3", (await receiver.ReceiveAsync(Stop)).Message.Id);
    }

    [Fact]
    public async Task An_abandoned_message_comes_again_and_a_dead_lettered_one_with_its_reason_does_not()
    {
        await _bus.SendAsync("plain", [Messages.New("a")], Stop);
        await using var receiver = _bus.Receive("plain", new ReceiveOptions(1));
        Assert.True(await receiver.AbandonAsync(await receiver.ReceiveAsync(Stop), Stop));
        var again = await receiver.ReceiveAsync(Stop);
        Assert.Equal(1, again.DeliveryCount);
        Assert.True(await receiver.DeadLetterAsync(again, "Broken", "Nobody can read it.", Stop));
        await using var dead = _bus.Receive("plain/$DeadLetterQueue", new ReceiveOptions(1));
        var letter = await dead.ReceiveAsync(Stop);
        Assert.Equal("a", letter.Message.Id);
        Assert.True(await dead.CompleteAsync(letter, Stop));
    }

    [Fact]
    public async Task A_lost_lock_is_noticed_and_a_renewed_one_holds()
    {
        await _bus.SendAsync("quick", [Messages.New("a"), Messages.New("b")], Stop);
        await using var receiver = _bus.Receive("quick", new ReceiveOptions(2));
        var lost = await receiver.ReceiveAsync(Stop);
        var kept = await receiver.ReceiveAsync(Stop);
        while (Delivery(1) == 0)
        {
            Assert.NotNull(await receiver.RenewLockAsync(kept, Stop));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Stop);
        }

        Assert.False(await receiver.CompleteAsync(lost, Stop));
        Assert.Null(await receiver.RenewLockAsync(lost, Stop));
        Assert.True(await receiver.CompleteAsync(kept, Stop));
        var again = await receiver.ReceiveAsync(Stop);
        Assert.Equal("a", again.Message.Id);
        Assert.True(again.DeliveryCount >= 1);
    }

    [Fact]
    public async Task A_scheduled_message_comes_later_and_a_cancelled_one_never()
    {
        var soon = TimeProvider.System.GetUtcNow().AddMilliseconds(300);
        await _bus.ScheduleAsync("plain", Messages.New("soon"), soon, Stop);
        var number = await _bus.ScheduleAsync("plain", Messages.New("never"), soon, Stop);
        await _bus.CancelScheduledAsync("plain", number, Stop);
        await _bus.CancelScheduledAsync("plain", number, Stop);
        await using var receiver = _bus.Receive("plain", new ReceiveOptions(5));
        var received = await receiver.ReceiveAsync(Stop);
        Assert.Equal("soon", received.Message.Id);
        Assert.True(received.EnqueuedAt >= soon.AddMilliseconds(-1));
        Assert.True(await receiver.CompleteAsync(received, Stop));
        Assert.Equal(0, Count("plain"));
    }

    [Fact]
    public async Task The_same_id_is_taken_once()
    {
        await _bus.SendAsync("plain", [Messages.New("same"), Messages.New("same")], Stop);
        await _bus.SendAsync("plain", [Messages.New("same")], Stop);
        Assert.Equal(1, Count("plain"));
    }

    [Fact]
    public async Task A_session_is_received_by_its_holder_and_kept_longer_than_its_lock()
    {
        await _bus.SendAsync(
            "sessions",
            [Messages.New("a", "w1"), Messages.New("b", "w2"), Messages.New("c", "w1")],
            Stop
        );
        await using var receiver = _bus.Receive("sessions", new ReceiveOptions(10, "w1"));
        var first = await receiver.ReceiveAsync(Stop);
        var second = await receiver.ReceiveAsync(Stop);
        Assert.Equal(["a", "c"], [first.Message.Id, second.Message.Id]);
        Assert.Equal("w1", first.Message.SessionId);

        // Three times the lock's second: the receiver renews it by itself.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, Stop);
        Assert.NotNull(await receiver.RenewLockAsync(first, Stop));
        Assert.True(await receiver.CompleteAsync(first, Stop));
        Assert.True(await receiver.AbandonAsync(second, Stop));
        Assert.Equal("c", (await receiver.ReceiveAsync(Stop)).Message.Id);
    }

    [Fact]
    public async Task A_session_that_is_taken_is_had_as_soon_as_it_is_free()
    {
        await using var other = _broker.Connect();
        var holder = other.Receive("sessions", new ReceiveOptions(1, "w"));
        await _bus.SendAsync("sessions", [Messages.New("a", "w")], Stop);
        await holder.ReceiveAsync(Stop);
        await using var receiver = _bus.Receive("sessions", new ReceiveOptions(1, "w"));
        var waiting = receiver.ReceiveAsync(Stop);
        await holder.DisposeAsync();
        Assert.Equal("a", (await waiting).Message.Id);
    }

    [Fact]
    public async Task A_receiver_that_stops_gives_back_what_it_held()
    {
        await _bus.SendAsync("plain", Messages.Many(5), Stop);
        var receiver = _bus.Receive("plain", new ReceiveOptions(5));
        await receiver.ReceiveAsync(Stop);
        await receiver.DisposeAsync();
        await using var next = _bus.Receive("plain", new ReceiveOptions(5));
        var received = await next.ReceiveAsync(Stop);
        Assert.Equal(("0", 0), (received.Message.Id, received.DeliveryCount));
    }

    [Fact]
    public async Task What_the_broker_refuses_is_said_at_once_and_why()
    {
        await _bus.SendAsync("tiny", [Messages.New("a")], Stop);
        Assert.Equal(BusFailure.LimitExceeded, await FailureOf(_bus, "tiny", Messages.New("b")));
        Assert.Equal(BusFailure.NotFound, await FailureOf(_bus, "missing", Messages.New("a")));
        Assert.Equal(BusFailure.Refused, await FailureOf(_bus, "sessions", Messages.New("a")));
        var large = Messages.New("large") with { Body = new byte[300 * 1024] };
        Assert.Equal(BusFailure.LimitExceeded, await FailureOf(_bus, "plain", large));
        await _bus.SendAsync("plain", [Messages.New("fits")], Stop);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_and_a_right_one_over_plain_is_not()
    {
        await using var wrong = _broker.Connect(options => options with { SharedAccessKey = "wrong" });
        Assert.Equal(BusFailure.Unauthorized, await FailureOf(wrong, "plain", Messages.New("a")));
        await using var plain = _broker.Connect(options => options with { Authentication = BusAuthentication.Plain });
        await plain.SendAsync("plain", [Messages.New("a")], Stop);
        Assert.True(plain.IsConnected);
        Assert.Equal(1, Count("plain"));
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_ends()
    {
        var tokens = new ShortTokens(TimeProvider.System);
        await using var bus = _broker.Connect(options => options with { Tokens = tokens, SharedAccessKey = null });
        await using var receiver = bus.Receive("plain", new ReceiveOptions(1));
        for (var i = 0; i < 12; i++)
        {
            await bus.SendAsync("plain", [Messages.New($"{i}")], Stop);
            Assert.True(await receiver.CompleteAsync(await receiver.ReceiveAsync(Stop), Stop));
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Stop);
        }

        Assert.True(tokens.Given >= 2);
    }

    [Fact]
    public async Task Without_a_broker_a_send_ends_in_a_clear_exception()
    {
        var port = _broker.Port;
        await _broker.DisposeAsync();
        await using var bus = new AmqpMessageBus(
            new BusConnectionOptions
            {
                Host = "127.0.0.1",
                Port = port,
                UseTls = false,
                SharedAccessKeyName = "n",
                SharedAccessKey = "k",
                OperationTimeout = TimeSpan.FromSeconds(1),
            },
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<AmqpMessageBus>.Instance
        );
        Assert.Equal(BusFailure.Unavailable, await FailureOf(bus, "plain", Messages.New("a")));
    }

    private static async Task<BusFailure> FailureOf(AmqpMessageBus bus, string entity, BusMessage message) =>
        (await Assert.ThrowsAsync<BusException>(() => bus.SendAsync(entity, [message], Stop))).Failure;

    private int Count(string queue)
    {
        lock (_broker.Core.Gate)
        {
            return _broker.Core.FindQueue(queue)!.Count;
        }
    }

    private int Locked(string queue)
    {
        lock (_broker.Core.Gate)
        {
            return _broker.Core.FindQueue(queue)!.LockedCount;
        }
    }

    private int Delivery(long sequenceNumber)
    {
        lock (_broker.Core.Gate)
        {
            return _broker.Core.FindQueue("quick")!.Peek(sequenceNumber, 1, null)[0].DeliveryCount;
        }
    }

    /// <summary>Tokens that last three seconds.</summary>
    private sealed class ShortTokens(TimeProvider clock) : IBusTokenSource
    {
        private int _given;

        internal int Given => _given;

        public ValueTask<BusToken> GetTokenAsync(string audience, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _given);
            var expiresAt = clock.GetUtcNow().AddSeconds(4);
            var token = SharedAccessTokens.Sign(audience, LocalBroker.KeyName, LocalBroker.Key, expiresAt);
            return ValueTask.FromResult(new BusToken(token, BusToken.JsonWebToken, expiresAt));
        }
    }
}
