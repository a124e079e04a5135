using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;
using FsCheck.Xunit;

namespace EventMeet.Bus.Tests.Amqp;

public sealed class MessageIntakeTests
{
    private static readonly DateTimeOffset When = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void What_the_queue_must_know_is_read_and_the_rest_is_kept_as_it_came()
    {
        var body = Section(Descriptors.Data, new byte[] { 1, 2, 3 });
        byte[] message =
        [
            .. Section(Descriptors.Header, new object?[] { true, null, 5000u }),
            .. Section(Descriptors.DeliveryAnnotations, new AmqpMap { { new Symbol("hop"), 1 } }),
            .. Section(
                Descriptors.MessageAnnotations,
                new AmqpMap
                {
                    { new Symbol("x-opt-scheduled-enqueue-time"), Timestamp.From(When) },
                    { new Symbol("x-opt-sequence-number"), 99L },
                    { new Symbol("mine"), "kept" },
                }
            ),
            .. Section(
                Descriptors.Properties,
                new object?[] { 7ul, null, null, null, null, null, null, null, null, null, "s" }
            ),
            .. body,
        ];
        Assert.True(MessageIntake.TryRead(message, () => "new", out var read));
        Assert.Equal(
            ("7", "s", TimeSpan.FromSeconds(5), When),
            (read.MessageId, read.SessionId, read.TimeToLive!.Value, read.ScheduledFor!.Value)
        );
        Assert.True(read.Content.AsSpan().EndsWith(body));
        Assert.DoesNotContain(
            "sequence",
            System.Text.Encoding.Latin1.GetString(read.Content),
            StringComparison.Ordinal
        );
        Assert.Contains("kept", System.Text.Encoding.Latin1.GetString(read.Content), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_without_an_id_gets_one_that_its_receiver_sees()
    {
        Assert.True(MessageIntake.TryRead(Section(Descriptors.Data, new byte[1]), () => "new", out var read));
        Assert.Equal("new", read.MessageId);
        Assert.True(MessageIntake.TryRead(read.Content, () => "other", out var again));
        Assert.Equal("new", again.MessageId);
    }

    [Fact]
    public void Properties_are_set_without_touching_the_rest()
    {
        byte[] content =
        [
            .. Section(Descriptors.Properties, new object?[] { "id" }),
            .. Section(Descriptors.ApplicationProperties, new AmqpMap { { "a", 1 }, { "b", 2 } }),
            .. Section(Descriptors.Data, new byte[] { 9 }),
        ];
        var edited = MessageEditing.SetProperties(content, new AmqpMap { { "b", "two" }, { "c", true } });
        byte[] expected =
        [
            .. Section(Descriptors.Properties, new object?[] { "id" }),
            .. Section(
                Descriptors.ApplicationProperties,
                new AmqpMap
                {
                    { "a", 1 },
                    { "b", "two" },
                    { "c", true },
                }
            ),
            .. Section(Descriptors.Data, new byte[] { 9 }),
        ];
        Assert.Equal(expected, edited);
        var tooMuch = new AmqpMap { { "c", new string('x', 70_000) } };
        Assert.Equal(content, MessageEditing.SetProperties(content, tooMuch));
    }

    [Fact]
    public void A_delivered_message_carries_what_the_broker_knows()
    {
        Assert.True(MessageIntake.TryRead(Section(Descriptors.Data, new byte[1]), () => "id", out var read));
        var stored = new StoredMessage
        {
            SequenceNumber = 12,
            EnqueuedAt = When,
            Content = read.Content,
            DeliveryCount = 2,
            LockedUntil = When.AddSeconds(30),
        };
        var writer = new AmqpWriter();
        MessageDelivery.Write(stored, withLock: true, writer);
        var sections = new SectionReader(writer.Buffer.Written);
        Assert.True(sections.TryNext(out var descriptor, out _, out var header));
        Assert.Equal(Descriptors.Header, descriptor);
        var reader = new AmqpReader(header);
        Assert.True(reader.TryRead(out var fields));
        Assert.Equal([true, null, null, null, 2u], Assert.IsType<object?[]>(fields));
        Assert.True(sections.TryNext(out _, out _, out var value));
        var annotationReader = new AmqpReader(value);
        Assert.True(annotationReader.TryRead(out var read2));
        var annotations = Assert.IsType<AmqpMap>(read2);
        Assert.Equal(12L, annotations["x-opt-sequence-number"]);
        Assert.Equal(Timestamp.From(When), annotations["x-opt-enqueued-time"]);
        Assert.Equal(Timestamp.From(When.AddSeconds(30)), annotations["x-opt-locked-until"]);
    }

    [Property(MaxTest = 1000)]
    public void Bytes_of_any_kind_never_throw(byte[] bytes)
    {
        MessageIntake.TryRead(bytes, () => "id", out _);
        MessageEditing.SetProperties(bytes, new AmqpMap { { "a", 1 } });
    }

    private static byte[] Section(ulong descriptor, object value)
    {
        var writer = new AmqpWriter();
        writer.Descriptor(descriptor);
        writer.Value(value);
        return writer.ToArray();
    }
}
