using EventMeet.Broker.Queues;

namespace EventMeet.Bus.Tests.Queues;

public sealed class MessageQueueTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LockDuration = TimeSpan.FromSeconds(30);

    [Fact]
    public void Messages_come_in_the_order_in_which_they_were_sent_and_only_as_far_as_credit_goes()
    {
        var bench = new QueueBench();
        bench.Send("a");
        bench.Send("b");
        bench.Send("c");
        var consumer = bench.Receive(2);
        Assert.Equal(["a", "b"], QueueBench.Texts(consumer));
        bench.Credit(consumer, 1);
        Assert.Equal(["a", "b", "c"], QueueBench.Texts(consumer));
    }

    [Fact]
    public void Consumers_who_compete_get_equal_shares()
    {
        var bench = new QueueBench();
        var one = bench.Receive(100);
        var two = bench.Receive(100);
        for (var i = 0; i < 50; i++)
        {
            bench.Send($"m{i}");
        }

        Assert.Equal(25, one.Got.Count);
        Assert.Equal(25, two.Got.Count);
    }

    [Fact]
    public void A_completed_message_is_gone_and_its_token_worth_nothing()
    {
        var bench = new QueueBench();
        bench.Send("a");
        var token = bench.Receive(1).Last.LockToken;
        Assert.True(bench.Queue.Complete(token));
        Assert.False(bench.Queue.Complete(token));
        Assert.False(bench.Queue.Abandon(token, counted: true, null, bench.Now));
        Assert.Null(bench.Queue.Renew(token, bench.Now));
        Assert.Equal(0, bench.Queue.Count);
    }

    [Fact]
    public void An_abandoned_message_comes_again_before_later_ones_and_is_counted()
    {
        var bench = new QueueBench();
        bench.Send("a");
        bench.Send("b");
        var consumer = bench.Receive(1);
        bench.Queue.Abandon(consumer.Last.LockToken, counted: true, null, bench.Now);
        bench.Credit(consumer, 2);
        Assert.Equal(["a", "a", "b"], QueueBench.Texts(consumer));
        Assert.Equal(1, consumer.Got[1].DeliveryCount);
    }

    [Fact]
    public void A_released_message_comes_again_and_is_not_counted()
    {
        var bench = new QueueBench();
        bench.Send("a");
        var consumer = bench.Receive(2);
        bench.Queue.Abandon(consumer.Last.LockToken, counted: false, null, bench.Now);
        Assert.Equal(2, consumer.Got.Count);
        Assert.Equal(0, consumer.Last.DeliveryCount);
    }

    [Fact]
    public void A_lock_that_ends_gives_the_message_to_the_next_and_a_renewed_one_does_not()
    {
        var bench = new QueueBench();
        bench.Send("a");
        var consumer = bench.Receive(2);
        var token = consumer.Last.LockToken;
        bench.After(LockDuration - Second);
        Assert.Equal(bench.Now + LockDuration, bench.Queue.Renew(token, bench.Now));
        bench.After(LockDuration - Second);
        Assert.Single(consumer.Got);
        bench.After(Second);
        Assert.Equal(2, consumer.Got.Count);
        Assert.Equal(1, consumer.Last.DeliveryCount);
        Assert.False(bench.Queue.Complete(token));
        Assert.True(bench.Queue.Complete(consumer.Last.LockToken));
    }

    [Fact]
    public void A_message_that_fails_too_often_is_dead_lettered_with_the_reason_and_its_source()
    {
        var bench = new QueueBench(new QueueOptions { MaxDeliveryCount = 3 });
        bench.Send("a");
        var consumer = bench.Receive(10);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i, consumer.Last.DeliveryCount);
            bench.Queue.Abandon(consumer.Last.LockToken, counted: true, null, bench.Now);
        }

        Assert.Equal(3, consumer.Got.Count);
        Assert.Equal(0, bench.Queue.Count);
        var dead = bench.DeadLetters(1).Last;
        Assert.Equal("a|MaxDeliveryCountExceeded", QueueBench.Text(dead));
        Assert.Equal("q", dead.DeadLetterSource);
    }

    [Fact]
    public void A_dead_letter_stays_one_however_often_it_fails()
    {
        var bench = new QueueBench();
        bench.Send("a");
        bench.Queue.DeadLetter(bench.Receive(1).Last.LockToken, null, bench.Now);
        var consumer = bench.DeadLetters(100);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(bench.Queue.DeadLetters!.Abandon(consumer.Last.LockToken, counted: true, null, bench.Now));
        }

        Assert.True(bench.Queue.DeadLetters!.DeadLetter(consumer.Last.LockToken, null, bench.Now));
        Assert.Equal(1, bench.Queue.DeadLetters.Count);
    }

    [Fact]
    public void A_queue_may_end_the_locks_of_a_receiver_that_is_gone_and_counts_the_lost_ones()
    {
        var bench = new QueueBench(new QueueOptions { ReleaseOnDisconnect = true });
        bench.Send("a");
        bench.Queue.Detach(bench.Receive(1), disconnected: false, bench.Now);
        var lost = bench.Receive(1);
        Assert.Equal(0, lost.Last.DeliveryCount);
        bench.Queue.Detach(lost, disconnected: true, bench.Now);
        Assert.Equal(1, bench.Receive(1).Last.DeliveryCount);
    }

    [Fact]
    public void Service_bus_keeps_the_locks_of_a_lost_connection_until_they_end()
    {
        var bench = new QueueBench();
        bench.Send("a");
        bench.Queue.Detach(bench.Receive(1), disconnected: true, bench.Now);
        Assert.Empty(bench.Receive(1).Got);
    }

    [Fact]
    public void A_scheduled_message_is_visible_on_time_under_a_new_number_behind_what_came_before()
    {
        var bench = new QueueBench();
        bench.Send("later", after: Second);
        bench.Send("now");
        var consumer = bench.Receive(1);
        bench.Send("soon");
        bench.After(Second - TimeSpan.FromTicks(1));
        bench.Credit(consumer, 1);
        Assert.Equal(["now", "soon"], QueueBench.Texts(consumer));
        bench.Credit(consumer, 1);
        bench.After(TimeSpan.FromTicks(1));
        Assert.Equal("later", QueueBench.Text(consumer.Last));
        Assert.Equal(4, consumer.Last.SequenceNumber);
        Assert.Equal(bench.Now, consumer.Last.EnqueuedAt);
    }

    [Fact]
    public void A_scheduled_message_can_be_taken_back_once_and_only_while_it_is_scheduled()
    {
        var bench = new QueueBench();
        List<long> numbers = [];
        var message = new NewMessage { Content = [1], ScheduledFor = bench.Now + Second };
        bench.Queue.Enqueue([message, message], bench.Now, numbers);
        Assert.True(bench.Queue.CancelScheduled(numbers[0]));
        Assert.False(bench.Queue.CancelScheduled(numbers[0]));
        bench.After(Second);
        Assert.False(bench.Queue.CancelScheduled(numbers[1]));
        Assert.Single(bench.Receive(5).Got);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void An_expired_message_is_dropped_or_dead_lettered(bool deadLetter, int deadLetters)
    {
        var bench = new QueueBench(new QueueOptions { DeadLetterExpired = deadLetter });
        bench.Send("short", ttl: Second);
        bench.Send("long");
        bench.After(Second);
        Assert.Equal(["long"], QueueBench.Texts(bench.Receive(5)));
        Assert.Equal(deadLetters, bench.Queue.DeadLetters!.Count);
    }

    [Fact]
    public void A_message_does_not_expire_while_someone_has_it()
    {
        var bench = new QueueBench();
        bench.Send("a", ttl: Second);
        var consumer = bench.Receive(1);
        bench.After(Second * 2);
        Assert.True(bench.Queue.Holds(consumer.Last.LockToken));
        bench.Queue.Abandon(consumer.Last.LockToken, counted: true, null, bench.Now);
        Assert.Equal(0, bench.Queue.Count);
    }

    [Fact]
    public void The_same_id_is_taken_once_within_the_window()
    {
        var bench = new QueueBench(new QueueOptions { DuplicateWindow = Second });
        List<long> numbers = [];
        var message = new NewMessage { Content = [1], MessageId = "id" };
        bench.Queue.Enqueue([message, message], bench.Now, numbers);
        Assert.Equal([1, 1], numbers);
        Assert.Equal(1, bench.Queue.Count);
        bench.After(Second);
        bench.Queue.Enqueue([message], bench.Now);
        Assert.Equal(2, bench.Queue.Count);
    }

    [Fact]
    public void A_deferred_message_is_had_by_its_number_only()
    {
        var bench = new QueueBench();
        bench.Send("a");
        var consumer = bench.Receive(5);
        Assert.True(bench.Queue.Defer(consumer.Last.LockToken, null));
        Assert.Single(consumer.Got);
        Assert.Null(bench.Queue.ReceiveDeferred([1, 99], withLock: true, bench.Now));
        var deferred = Assert.Single(bench.Queue.ReceiveDeferred([1], withLock: true, bench.Now)!);
        Assert.Null(bench.Queue.ReceiveDeferred([1], withLock: true, bench.Now));
        bench.Queue.Abandon(deferred.LockToken, counted: true, null, bench.Now);
        deferred = Assert.Single(bench.Queue.ReceiveDeferred([1], withLock: true, bench.Now)!);
        Assert.True(bench.Queue.Complete(deferred.LockToken));
    }

    [Fact]
    public void Receive_and_delete_leaves_nothing_behind()
    {
        var bench = new QueueBench();
        bench.Send("a");
        var consumer = bench.Receive(1, settles: true);
        Assert.Equal(["a"], QueueBench.Texts(consumer));
        Assert.Equal(Guid.Empty, consumer.Last.LockToken);
        Assert.Equal(0, bench.Queue.Count);
    }

    [Fact]
    public void A_full_queue_takes_nothing_and_dead_letters_count()
    {
        var bench = new QueueBench(new QueueOptions { MaxMessages = 2 });
        bench.Send("a");
        bench.Queue.DeadLetter(bench.Receive(1).Last.LockToken, null, bench.Now);
        Assert.Equal(EnqueueResult.Taken, bench.Send("b"));
        Assert.Equal(EnqueueResult.Full, bench.Send("c"));
        bench.Queue.DeadLetters!.Complete(bench.DeadLetters(1).Last.LockToken);
        Assert.Equal(EnqueueResult.Taken, bench.Send("c"));
    }

    [Fact]
    public void Peek_shows_every_state_and_takes_nothing()
    {
        var bench = new QueueBench();
        bench.Send("ready");
        bench.Send("locked");
        bench.Send("scheduled", after: Second);
        bench.Receive(1);
        Assert.Equal(3, bench.Queue.Peek(0, 10, null).Count);
        Assert.Equal("locked", QueueBench.Text(Assert.Single(bench.Queue.Peek(2, 1, null))));
        Assert.Empty(bench.Queue.Peek(4, 10, null));
    }
}
