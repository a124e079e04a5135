using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Hosting;

/// <summary>Everything that the command line, the environment and the entities file say.</summary>
internal sealed record BrokerSettings
{
    internal string Host { get; init; } = "127.0.0.1";

    /// <summary>Gets the port; 0 for any that is free.</summary>
    internal int Port { get; init; } = 5672;

    /// <summary>Gets where the log is; null to keep everything in memory.</summary>
    internal string? DataPath { get; init; } = Path.Combine(".local", "broker");

    internal string KeyName { get; init; } = "RootManageSharedAccessKey";

    internal required string Key { get; init; }

    internal IReadOnlyList<QueueDefinition> Queues { get; init; } = ProductQueues;

    internal IReadOnlyList<TopicDefinition> Topics { get; init; } = [];

    internal BrokerLimits Limits { get; init; } = new();

    /// <summary>Gets a value indicating whether connections are logged.</summary>
    internal bool IsVerbose { get; init; }

    /// <summary>
    /// Gets the queues of the product. On one machine a lost connection is a dead process, so its locks end with it.
    /// </summary>
    internal static IReadOnlyList<QueueDefinition> ProductQueues { get; } =
    [
        Product("sfu-commands", sessions: true),
        Facts("worker-events"),
        Work("recorder-commands"),
        Work("composite-jobs"),
        Product("recorder-orders", sessions: true),
        Product("webhook-deliveries", sessions: false),
    ];

    private static QueueDefinition Product(string name, bool sessions) =>
        new(
            name,
            new QueueOptions
            {
                RequiresSession = sessions,
                DuplicateWindow = TimeSpan.FromMinutes(2),
                ReleaseOnDisconnect = true,
            }
        );

    // While storage is away the Functions host gives a batch back some five times a second: facts must outlast that for a minute or two.
    private static QueueDefinition Facts(string name)
    {
        var product = Product(name, sessions: false);
        return product with { Options = product.Options with { MaxDeliveryCount = 500 } };
    }

    // What is worked on for hours, under a lock that is renewed: it ends soon after its worker, and may come many times.
    private static QueueDefinition Work(string name)
    {
        var product = Product(name, sessions: false);
        return product with
        {
            Options = product.Options with { LockDuration = TimeSpan.FromSeconds(6), MaxDeliveryCount = 10 },
        };
    }
}
