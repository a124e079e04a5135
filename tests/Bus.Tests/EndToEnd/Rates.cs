using System.Diagnostics;
using EventMeet.Contracts.Bus;

namespace EventMeet.Bus.Tests.EndToEnd;

/// <summary>
/// Measures; it judges nothing. Run with <c>EventMeet.Bus.Tests --explicit only --filter-class '*Rates' --show-live-output on</c>.
/// </summary>
public sealed class Rates(ITestOutputHelper output)
{
    private const int Total = 20_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Durable_sends_and_receives()
    {
        using var broker = new BrokerProcess();
        await broker.StartAsync(Stop);
        await using var sender = broker.Connect();
        await using var other = broker.Connect();
        await using var receiver = other.Receive(BusEntities.WorkerEvents, new ReceiveOptions(200));
        for (var round = 0; round < 2; round++)
        {
            var messages = Enumerable.Range(0, Total).Select(i => Messages.New($"{round}-{i}")).ToList();
            var watch = Stopwatch.StartNew();
            await sender.SendAsync(BusEntities.WorkerEvents, messages, Stop);
            Say("sent, 200 under way", watch);
            watch.Restart();
            await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => ReceiveAsync(receiver, Total / 32)));
            Say("received and completed, 32 at once", watch);
        }

        List<double> latencies = [];
        for (var i = 0; i < 1000; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await sender.SendAsync(BusEntities.WorkerEvents, [Messages.New($"l{i}")], Stop);
            var message = await receiver.ReceiveAsync(Stop);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await receiver.CompleteAsync(message, Stop);
        }

        latencies.Sort();
        output.WriteLine(
            $"one at a time, durable send and receive: p50 {latencies[500]:0.00} ms, p99 {latencies[990]:0.00} ms"
        );
    }

    private static async Task ReceiveAsync(IMessageReceiver receiver, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await receiver.CompleteAsync(await receiver.ReceiveAsync(Stop), Stop);
        }
    }

    private void Say(string what, Stopwatch watch) =>
        output.WriteLine($"{what}: {Total / watch.Elapsed.TotalSeconds:0}/s");
}
