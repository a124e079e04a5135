using EventMeet.Broker.Hosting;

namespace EventMeet.Bus.Tests.Client;

public sealed class CommandLineTests
{
    [Fact]
    public void Options_and_entities_are_read()
    {
        var settings = CommandLine.Read(
            [
                "--port",
                "0",
                "--memory",
                "--entity",
                "a,sessions,lock=1.5s,max-delivery=7,duplicates=2m,ttl=1h",
                "--topic",
                "t=x,y",
            ],
            _ => "key"
        );
        var queue = settings.Queues[^1];
        Assert.Equal(("a", true, 7), (queue.Name, queue.Options.RequiresSession, queue.Options.MaxDeliveryCount));
        Assert.Equal(TimeSpan.FromSeconds(1.5), queue.Options.LockDuration);
        Assert.Equal(TimeSpan.FromMinutes(2), queue.Options.DuplicateWindow);
        Assert.Equal(TimeSpan.FromHours(1), queue.Options.TimeToLive);
        Assert.Equal(["x", "y"], settings.Topics[0].Subscriptions.Select(subscription => subscription.Name));
        Assert.Equal(BrokerSettings.ProductQueues.Count + 1, settings.Queues.Count);
        Assert.Null(settings.DataPath);
    }

    [Fact]
    public void An_entities_file_is_read_and_a_slip_in_it_is_named()
    {
        var file = EntityFile.Read("""{"queues":[{"name":"a","requiresSession":true,"lockSeconds":2}],"topics":[]}""");
        Assert.Equal(TimeSpan.FromSeconds(2), file.Queues[0].ToDefinition().Options.LockDuration);
        var exception = Assert.Throws<FormatException>(() => EntityFile.Read("""{"queues":[{"name":"a","lock":2}]}"""));
        Assert.Contains("lock", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port", "70000")]
    [InlineData("--nonsense", "1")]
    [InlineData("--port")]
    [InlineData("--entity", "a,lock=soon")]
    [InlineData("--entity", "a,unknown")]
    [InlineData("--topic", "t")]
    [InlineData("--key-file", "/does/not/exist")]
    public void A_mistake_is_said_in_one_sentence(params string[] arguments)
    {
        var exception = Assert.Throws<FormatException>(() => CommandLine.Read(arguments, _ => "key"));
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Without_a_key_it_does_not_start() =>
        Assert.Throws<FormatException>(() => CommandLine.Read([], _ => null));
}
