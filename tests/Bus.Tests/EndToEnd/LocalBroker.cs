using EventMeet.Broker;
using EventMeet.Broker.Hosting;
using EventMeet.Broker.Queues;
using EventMeet.Contracts.Bus;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.Bus.Tests.EndToEnd;

/// <summary>A broker in this process, in memory, on a port of its own.</summary>
internal sealed class LocalBroker : IAsyncDisposable
{
    internal const string KeyName = "RootManageSharedAccessKey";
    internal const string Key = "a key that is none";

    private readonly BrokerHost _host;

    private LocalBroker(BrokerHost host) => _host = host;

    internal int Port => _host.Port;

    internal BrokerCore Core => _host.Core;

    internal string ConnectionString =>
        $"Endpoint=sb://127.0.0.1:{Port};SharedAccessKeyName={KeyName};SharedAccessKey={Key};UseDevelopmentEmulator=true";

    internal static LocalBroker Start(BrokerLimits? limits = null)
    {
        var quick = new QueueOptions { LockDuration = TimeSpan.FromSeconds(1) };
        var settings = new BrokerSettings
        {
            Key = Key,
            Port = 0,
            DataPath = null,
            Limits = limits ?? new BrokerLimits(),
            Queues =
            [
                new QueueDefinition("plain", new QueueOptions { DuplicateWindow = TimeSpan.FromMinutes(1) }),
                new QueueDefinition("quick", quick),
                new QueueDefinition("sessions", quick with { RequiresSession = true }),
                new QueueDefinition("tiny", new QueueOptions { MaxMessages = 1 }),
            ],
        };
        return new LocalBroker(BrokerHost.Start(settings, TimeProvider.System, NullLogger.Instance));
    }

    internal AmqpMessageBus Connect(Func<BusConnectionOptions, BusConnectionOptions>? change = null)
    {
        var options = BusConnectionOptions.FromConnectionString(ConnectionString);
        return new AmqpMessageBus(
            change?.Invoke(options) ?? options,
            TimeProvider.System,
            NullLogger<AmqpMessageBus>.Instance
        );
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
