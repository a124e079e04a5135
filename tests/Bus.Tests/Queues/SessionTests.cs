using EventMeet.Broker.Queues;

namespace EventMeet.Bus.Tests.Queues;

public sealed class SessionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LockDuration = TimeSpan.FromSeconds(30);
    private readonly QueueBench _bench = new(new QueueOptions { RequiresSession = true });

    [Fact]
    public void A_session_has_one_receiver_who_gets_its_messages_in_order()
    {
        _bench.Send("a1", session: "a");
        _bench.Send("b1", session: "b");
        _bench.Send("a2", session: "a");
        var consumer = Accept("a");
        Assert.Equal(["a1", "a2"], QueueBench.Texts(consumer));
        Assert.False(_bench.Queue.TryAccept(new TestConsumer(1), "a", _bench.Now, out _));
        Assert.Equal(["b1"], QueueBench.Texts(Accept("b")));
    }

    [Fact]
    public void A_message_without_a_session_is_refused() =>
        Assert.Equal(EnqueueResult.SessionMissing, _bench.Send("lost"));

    [Fact]
    public void The_next_session_is_the_one_that_has_waited_longest()
    {
        _bench.Send("b", session: "b");
        _bench.Send("a", session: "a");
        var first = Any();
        var second = Any();
        var third = Any();
        Assert.Equal(["session b"], first.Events);
        Assert.Equal(["session a"], second.Events);
        Assert.Empty(third.Events);
        _bench.Send("c", session: "c");
        Assert.Equal(["session c"], third.Events);
    }

    [Fact]
    public void Waiting_for_a_session_ends()
    {
        var consumer = Any();
        _bench.After(Second);
        Assert.Equal(["no session"], consumer.Events);
        _bench.Send("a", session: "a");
        Assert.Single(consumer.Events);
    }

    [Fact]
    public void A_session_that_is_closed_is_there_for_the_next_at_once_and_nothing_is_counted()
    {
        _bench.Send("a1", session: "a");
        _bench.Send("a2", session: "a");
        _bench.Queue.Detach(Accept("a"), disconnected: true, _bench.Now);
        var next = Accept("a");
        Assert.Equal(["a1", "a2"], QueueBench.Texts(next));
        Assert.Equal(0, next.Last.DeliveryCount);
    }

    [Fact]
    public void A_session_lock_that_ends_is_told_and_counted_and_renewing_prevents_it()
    {
        _bench.Send("a1", session: "a");
        var consumer = Accept("a");
        _bench.After(LockDuration - Second);
        Assert.Equal(_bench.Now + LockDuration, _bench.Queue.RenewSession("a", _bench.Now));
        Assert.Equal(_bench.Now + LockDuration, consumer.Last.LockedUntil);
        _bench.After(LockDuration - Second);
        Assert.Empty(consumer.Events);
        _bench.After(Second);
        Assert.Equal(["session lost"], consumer.Events);
        Assert.Null(_bench.Queue.RenewSession("a", _bench.Now));
        Assert.Equal(1, Accept("a").Last.DeliveryCount);
    }

    [Fact]
    public void State_outlives_receivers_and_goes_when_it_is_removed()
    {
        var consumer = Accept("a");
        Assert.True(_bench.Queue.TrySetSessionState("a", [1, 2]));
        _bench.Queue.Detach(consumer, disconnected: false, _bench.Now);
        Assert.Equal([1, 2], _bench.Queue.SessionState("a")!);
        Assert.Equal(["a"], _bench.Queue.SessionIds(0, 10));
        Assert.True(_bench.Queue.TrySetSessionState("a", null));
        Assert.Null(_bench.Queue.SessionState("a"));
        Assert.Empty(_bench.Queue.SessionIds(0, 10));
    }

    [Fact]
    public void Sessions_that_nobody_needs_are_forgotten()
    {
        for (var i = 0; i < 100; i++)
        {
            _bench.Send($"m{i}", session: $"s{i}");
            var consumer = Accept($"s{i}");
            _bench.Queue.Complete(consumer.Last.LockToken);
            _bench.Queue.Detach(consumer, disconnected: false, _bench.Now);
        }

        Assert.Empty(_bench.Queue.SessionIds(0, 10));
    }

    [Fact]
    public void The_number_of_sessions_is_limited()
    {
        var bench = new QueueBench(new QueueOptions { RequiresSession = true, MaxSessions = 2 });
        Assert.Equal(EnqueueResult.Taken, bench.Send("a", session: "a"));
        Assert.Equal(EnqueueResult.Taken, bench.Send("b", session: "b"));
        Assert.Equal(EnqueueResult.Full, bench.Send("c", session: "c"));
        Assert.Equal(EnqueueResult.Taken, bench.Send("a again", session: "a"));
        Assert.False(bench.Queue.TryAccept(new TestConsumer(1), "d", bench.Now, out _));
    }

    private TestConsumer Accept(string session)
    {
        var consumer = new TestConsumer(100);
        Assert.True(_bench.Queue.TryAccept(consumer, session, _bench.Now, out var lockedUntil));
        Assert.Equal(_bench.Now + LockDuration, lockedUntil);
        _bench.Queue.HandleCredit(consumer, _bench.Now);
        return consumer;
    }

    private TestConsumer Any()
    {
        var consumer = new TestConsumer(100);
        _bench.Queue.AcceptAny(consumer, _bench.Now + Second, _bench.Now);
        return consumer;
    }
}
