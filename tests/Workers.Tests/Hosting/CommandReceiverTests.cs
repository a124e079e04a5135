using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.WorkerHost;
using EventMeet.Workers.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EventMeet.Workers.Tests.Hosting;

/// <summary>Commands are carried out once each, in order, and nothing that the bus does ends the worker.</summary>
public sealed class CommandReceiverTests
{
    private static readonly CloseRoom Order = new(new RoomId("room_1"), 0, 1, LeaveReason.RoomEnded);

    [Fact]
    public async Task A_command_that_comes_twice_is_carried_out_once_and_completed_twice()
    {
        var (bus, handled) = await RunAsync(["cmd_1", "cmd_1", "cmd_2"], settlements: 3);

        Assert.Equal(2, handled.Count);
        Assert.Equal(["completed cmd_1", "completed cmd_1", "completed cmd_2"], bus);
    }

    [Fact]
    public async Task A_message_that_is_no_command_goes_to_the_dead_letters_and_the_next_is_carried_out()
    {
        var (settled, handled) = await RunAsync(["!cmd_1", "cmd_2"], settlements: 2);

        Assert.Single(handled);
        Assert.Equal(["dead cmd_1 Unreadable", "completed cmd_2"], settled);
    }

    [Fact]
    public async Task A_bus_that_goes_away_while_a_command_is_completed_ends_nothing()
    {
        var (_, handled) = await RunAsync(
            ["cmd_1", "cmd_2"],
            settlements: 2,
            new BusException(BusFailure.Unavailable, "The bus is away.")
        );

        Assert.Equal(2, handled.Count);
    }

    private static async Task<(List<string> Settled, List<SfuCommand> Handled)> RunAsync(
        string[] ids,
        int settlements,
        Exception? settlingFails = null
    )
    {
        await using var bus = new MemoryBus { SettlingFails = settlingFails };
        var handler = new Recording();
        var identity = new WorkerIdentity(new IdSource(TimeProvider.System), Options.Create(new WorkerOptions()));
        using var receiver = new CommandReceiver<SfuCommand>(
            BusEntities.SfuCommands,
            bus,
            handler,
            identity,
            NullLogger<CommandReceiver<SfuCommand>>.Instance
        );
        foreach (var id in ids)
        {
            // An exclamation mark stands for a body that cannot be read.
            var body = id[0] == '!' ? "{"u8.ToArray() : MessageTypes.Write(Order);
            bus.Deliver(new BusMessage(id.TrimStart('!'), MessageTypes.NameOf(Order), "/test", default, body));
        }

        await receiver.StartAsync(TestContext.Current.CancellationToken);
        var settled = new List<string>();
        while (settled.Count < settlements)
        {
            settled.Add(await bus.Settled.Reader.ReadAsync(TestContext.Current.CancellationToken));
        }

        Assert.False(receiver.ExecuteTask!.IsFaulted);
        await receiver.StopAsync(TestContext.Current.CancellationToken);
        return (settled, handler.Commands);
    }

    private sealed class Recording : ICommandHandler<SfuCommand>
    {
        public List<SfuCommand> Commands { get; } = [];

        public Task HandleAsync(SfuCommand command, CancellationToken stopping)
        {
            Commands.Add(command);
            return Task.CompletedTask;
        }
    }
}
