using System.Buffers.Binary;
using EventMeet.Broker;
using EventMeet.Broker.Amqp;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;
using FsCheck.Xunit;

namespace EventMeet.Bus.Tests.Amqp;

public sealed class AmqpConnectionTests
{
    private const string KeyName = "name";
    private const string Key = "key";
    private readonly BrokerCore _core = new(
        new BrokerLimits { MaxMessageBytes = 10_000 },
        new SharedAccessVerifier(KeyName, Key)
    );
    private readonly MessageQueue _queue;
    private readonly AmqpConnection _connection;
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public AmqpConnectionTests()
    {
        _queue = _core.Add(new QueueDefinition("q", new QueueOptions()));
        _connection = new AmqpConnection(_core, _now);
    }

    [Fact]
    public void A_conversation_gives_the_same_answers_however_the_bytes_are_cut()
    {
        var bytes = Conversation();
        _connection.HandleBytes(bytes, _now);
        var whole = Performatives(_connection);
        var other = new AmqpConnectionTests();
        foreach (var one in bytes)
        {
            other._connection.HandleBytes([one], _now);
        }

        Assert.Equal(whole, Performatives(other._connection));
        Assert.Equal(0, other._queue.Count);
        Assert.Null(other._connection.EndReason);
    }

    [Fact]
    public void The_amqp_header_is_answered_only_once_the_clients_is_here()
    {
        var sasl = new ClientBytes()
            .Raw(ClientBytes.Header(3))
            .Frame(
                1,
                writer =>
                {
                    writer.BeginList(Descriptors.SaslInit);
                    writer.Symbol("ANONYMOUS");
                    writer.EndList();
                }
            )
            .All;
        _connection.HandleBytes(sasl, _now);
        Assert.False(_connection.Output.Written.EndsWith(ClientBytes.Header(0)));
        _connection.HandleBytes(ClientBytes.Header(0), _now);
        Assert.True(_connection.Output.Written.EndsWith(ClientBytes.Header(0)));
    }

    [Fact]
    public void Draining_uses_up_the_credit_and_says_so()
    {
        Open().Receiver(0, "q", 7).Credit(0, 0, 7, drain: true);
        Feed();
        var flow = LastFlow();
        Assert.Equal((7u, 0u, true), (flow.DeliveryCount!.Value, flow.LinkCredit!.Value, flow.Drain));
    }

    [Fact]
    public void Credit_that_is_said_twice_is_given_once()
    {
        Open().Receiver(0, "q", 3).Credit(0, 0, 3, drain: false).Credit(0, 0, 3, drain: false).Sender(1, "q");
        for (var i = 0u; i < 10; i++)
        {
            _client.Transfer(1, i, more: false, ClientBytes.Message($"m{i}", 10));
        }

        Feed();
        Assert.Equal(3, _queue.LockedCount);
    }

    [Fact]
    public void A_message_that_is_too_large_is_rejected_alone()
    {
        Open().Sender(0, "q");
        var large = ClientBytes.Message("large", 20_000);
        _client.Transfer(0, 0, more: true, large.AsSpan(0, 15_000));
        _client.Transfer(0, 0, more: false, large.AsSpan(15_000));
        _client.Transfer(0, 1, more: false, ClientBytes.Message("small", 10));
        Feed();
        Assert.Equal(1, _queue.Count);
        Assert.Null(_connection.EndReason);
    }

    [Fact]
    public void A_message_that_begins_before_another_has_ended_costs_the_link_and_no_more()
    {
        Open().Sender(0, "q").Sender(1, "q");
        _client.Transfer(0, 0, more: true, ClientBytes.Message("a", 10));
        _client.Transfer(0, 1, more: false, ClientBytes.Message("b", 10));
        _client.Transfer(1, 2, more: false, ClientBytes.Message("c", 10));
        Feed();
        Assert.Equal(1, _queue.Count);
        Assert.Contains(Descriptors.Detach, Performatives(_connection));
        Assert.Null(_connection.EndReason);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(11, true)]
    public void A_connection_that_is_not_opened_in_time_is_ended(int seconds, bool ended)
    {
        _connection.HandleBytes(ClientBytes.Header(3), _now);
        _connection.Advance(_now.AddSeconds(seconds));
        Assert.Equal(ended, _connection.EndReason is not null);
    }

    [Fact]
    public void A_connection_that_falls_silent_is_ended_and_its_messages_freed()
    {
        Open().Sender(1, "q").Transfer(1, 0, more: false, ClientBytes.Message("m", 1)).Receiver(0, "q", 1);
        Feed();
        Assert.Equal(1, _queue.LockedCount);
        _now = _now.AddSeconds(61);
        _connection.Advance(_now);
        Assert.NotNull(_connection.EndReason);
        _queue.Advance(_now);
        Assert.Equal(0, _queue.LockedCount);
    }

    [Fact]
    public void A_client_that_shows_no_token_is_ended()
    {
        _connection.HandleBytes(ClientBytes.Header(0), _now);
        _client.Frame(0, writer => new Open("test", 65536, 10, 0).Write(writer));
        Feed();
        _connection.Advance(_now.AddSeconds(19));
        Assert.Null(_connection.EndReason);
        _connection.Advance(_now.AddSeconds(21));
        Assert.NotNull(_connection.EndReason);
    }

    [Fact]
    public void Heartbeats_go_out_at_half_the_time_that_the_client_asks_for()
    {
        _client.Raw(ClientBytes.Header(0)).Frame(0, writer => new Open("test", 65536, 10, 8000).Write(writer));
        Feed();
        _connection.Output.Clear();
        _connection.Advance(_now.AddSeconds(3));
        Assert.Equal(0, _connection.Output.Length);
        _connection.Advance(_now.AddSeconds(5));
        Assert.Equal([0, 0, 0, 8, 2, 0, 0, 0], _connection.Output.Written.ToArray());
    }

    [Property(MaxTest = 500)]
    public void Garbage_ends_the_connection_or_waits_for_more_and_never_throws(byte[] bytes, byte header)
    {
        var connection = new AmqpConnection(_core, _now);
        if (header % 3 > 0)
        {
            connection.HandleBytes(ClientBytes.Header((byte)(header % 3 == 1 ? 0 : 3)), _now);
        }

        connection.HandleBytes(bytes, _now);
        connection.Advance(_now.AddMinutes(10));
        Assert.NotNull(connection.EndReason);
        connection.HandleDisconnected(_now);
        Assert.InRange(connection.Output.Length, 0, 2048);
    }

    [Property(MaxTest = 1500)]
    public void A_mutated_conversation_never_throws_and_answers_in_measure(int seed)
    {
        var bytes = Conversation();
        var random = new Random(seed);
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        var fresh = new AmqpConnectionTests();
        fresh._connection.HandleBytes(bytes, _now);
        fresh._core.Advance(_now.AddMinutes(1));
        fresh._connection.Advance(_now.AddMinutes(10));
        fresh._connection.HandleDisconnected(_now);
        Assert.InRange(fresh._connection.Output.Length, 0, 100_000);
    }

    private readonly ClientBytes _client = new();

    private static byte[] Conversation() =>
        new ClientBytes()
            .Opened(KeyName, Key)
            .Sender(0, "q")
            .Transfer(0, 0, more: false, ClientBytes.Message("a", 50))
            .Transfer(0, 1, more: true, ClientBytes.Message("b", 300).AsSpan(0, 100))
            .Transfer(0, 1, more: false, ClientBytes.Message("b", 300).AsSpan(100))
            .Receiver(1, "q", 10)
            .Settle(0, Outcomes.Accepted)
            .Settle(1, Outcomes.Accepted)
            .Sender(2, "$cbs")
            .Receiver(3, "q/$management", 5)
            .Sender(4, "missing")
            .All;

    private ClientBytes Open() => _client.Opened(KeyName, Key);

    private void Feed() => _connection.HandleBytes(_client.All, _now);

    private Flow LastFlow()
    {
        var flows = Frames(_connection).Where(frame => frame.Descriptor == Descriptors.Flow).ToList();
        Assert.True(Flow.TryRead(new AmqpReader(flows[^1].Fields), out var flow));
        return flow;
    }

    private static List<ulong> Performatives(AmqpConnection connection)
    {
        connection.FlushDispositions();
        return [.. Frames(connection).Select(frame => frame.Descriptor)];
    }

    private static List<(ulong Descriptor, byte[] Fields)> Frames(AmqpConnection connection)
    {
        var output = connection.Output.Written.ToArray().AsSpan();
        var frames = new List<(ulong, byte[])>();
        while (!output.IsEmpty)
        {
            if (output.StartsWith("AMQP"u8))
            {
                output = output[8..];
                continue;
            }

            var size = BinaryPrimitives.ReadInt32BigEndian(output);
            var reader = new AmqpReader(output[8..size]);
            Assert.True(reader.TryDescriptor(out var descriptor));
            frames.Add((descriptor, output[(8 + reader.Position)..size].ToArray()));
            output = output[size..];
        }

        return frames;
    }
}
