using System.Text;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Tests.Hosting;

public sealed class TriggerPayloadTests
{
    // As the Functions host writes them (Json.NET's rule: bytes as base64, dates without sub-seconds, objects as they are,
    // everything else as a string that holds its JSON). "eyJhIjoxfQ==" is {"a":1}.
    private const string Single = """
        {"Data":{"message":"eyJhIjoxfQ=="},
         "Metadata":{"DeliveryCount":"3","DeadLetterSource":"null","LockToken":"\"4e773554-f6b7-4ea2-b07d-4c5fd5aba741\"",
          "ExpiresAtUtc":"2026-01-02T03:04:05Z","EnqueuedTimeUtc":"2026-01-02T03:04:05Z","MessageId":"\"evt_1\"",
          "ContentType":"\"application/json\"","SequenceNumber":"12",
          "ApplicationProperties":{"cloudEvents:specversion":"1.0","cloudEvents:id":"evt_1","cloudEvents:type":"eventmeet.X.v1",
           "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
          "MessageReceiver":{"EntityPath":"q"},"sys":{"MethodName":"F","UtcNow":"2026-01-02T03:04:05.678Z","RandGuid":"g"}}}
        """;

    private const string Batch = """
        {"Data":{"messages":"[\"eyJhIjoxfQ==\",\"eyJhIjoyfQ==\"]"},
         "Metadata":{"MessageIdArray":"[\"evt_1\",\"evt_2\"]","DeliveryCountArray":"[1,4]",
          "EnqueuedTimeUtcArray":"[\"2026-01-02T03:04:05.678Z\",\"2026-01-02T03:04:05.678Z\"]",
          "ApplicationPropertiesArray":"[{\"cloudEvents:type\":\"eventmeet.X.v1\"},{\"cloudEvents_type\":\"eventmeet.Y.v1\"}]"}}
        """;

    private const string Timer = """
        {"Data":{"timer":{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2026-01-02T03:04:05+00:00",
         "Next":"2026-01-02T03:04:10+00:00","LastUpdated":"2026-01-02T03:04:05+00:00"},"IsPastDue":true}},
         "Metadata":{"sys":{"MethodName":"OutboxSweep","UtcNow":"2026-01-02T03:04:05.678Z","RandGuid":"g"}}}
        """;

    [Fact]
    public void Reads_a_single_message_as_the_host_posts_it()
    {
        var message = Assert.Single(Read(Single)!);
        Assert.Equal(("evt_1", "eventmeet.X.v1", 3), (message.Id, message.Type, message.DeliveryCount));
        Assert.Equal("""{"a":1}""", Text(message));
        Assert.Equal("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", message.TraceParent);
    }

    [Fact]
    public void Reads_a_batch_as_the_host_posts_it()
    {
        var messages = Read(Batch)!;
        Assert.Equal(["eventmeet.X.v1", "eventmeet.Y.v1"], messages.Select(message => message.Type));
        Assert.Equal(["""{"a":1}""", """{"a":2}"""], messages.Select(Text));
        Assert.Equal([1, 4], messages.Select(message => message.DeliveryCount));
    }

    [Theory]
    [InlineData("""{"a":1}""")] // an object, as it is
    [InlineData("""  "{\"a\":1}" """)] // one level
    [InlineData(""" "\"{\\\"a\\\":1}\"" """)] // two, the host's way with a string body
    [InlineData(""" "eyJhIjoxfQ==" """)] // bytes
    [InlineData(""" "\"eyJhIjoxfQ==\"" """)] // bytes, wrapped
    public void Unwraps_a_body_however_often_it_is_wrapped(string value) =>
        Assert.Equal(
            """{"a":1}""",
            Text(Assert.Single(Read("{\"Data\":{\"message\":" + value + "},\"Metadata\":{}}")!))
        );

    [Theory]
    [InlineData("""["{\"a\":1}"]""")]
    [InlineData("""[{"a":1}]""")]
    [InlineData(""" "[{\"a\":1}]" """)]
    [InlineData(""" "[\"{\\\"a\\\":1}\"]" """)]
    [InlineData(""" "\"[\\\"eyJhIjoxfQ==\\\"]\"" """)]
    public void Unwraps_a_batch_however_often_it_is_wrapped(string value) =>
        Assert.Equal("""{"a":1}""", Text(Assert.Single(Read("{\"Data\":{\"messages\":" + value + "}}")!)));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Data":null}""")]
    [InlineData("""{"Data":{}}""")]
    [InlineData("""{"Data":{"message":"no json"}}""")]
    [InlineData("""{"Data":{"message":7}}""")]
    public void Knows_what_is_no_payload(string text) => Assert.Null(Read(text));

    [Fact]
    public void Reads_a_timer_as_the_host_posts_it()
    {
        Assert.Equal(new TimerTick(IsPastDue: true), TriggerPayload.ReadTick(Encoding.UTF8.GetBytes(Timer)));
        var wrapped = """{"Data":{"timer":"{\"IsPastDue\":false,\"ScheduleStatus\":null}"}}"""u8;
        Assert.Equal(new TimerTick(IsPastDue: false), TriggerPayload.ReadTick(wrapped));
        Assert.Null(TriggerPayload.ReadTick("{}"u8));
    }

    [FsCheck.Xunit.Property]
    public bool Never_throws_whatever_comes(byte[] bytes)
    {
        _ = TriggerPayload.ReadMessages(bytes);
        _ = TriggerPayload.ReadTick(bytes);
        return true;
    }

    [FsCheck.Xunit.Property]
    public bool Never_throws_however_a_payload_is_cut_or_changed(FsCheck.NonNegativeInt at, byte with)
    {
        var bytes = Encoding.UTF8.GetBytes(Single);
        bytes[at.Get % bytes.Length] = with;
        _ = TriggerPayload.ReadMessages(bytes);
        _ = TriggerPayload.ReadMessages(bytes.AsSpan(0, at.Get % bytes.Length));
        return true;
    }

    private static IReadOnlyList<QueueMessage>? Read(string text) =>
        TriggerPayload.ReadMessages(Encoding.UTF8.GetBytes(text));

    private static string Text(QueueMessage message) => Encoding.UTF8.GetString(message.Body.Span);
}
