namespace EventMeet.Broker;

/// <summary>What the broker allows its clients, and how long it waits for them.</summary>
internal sealed record BrokerLimits
{
    /// <summary>Gets the largest message, in bytes; Service Bus's Standard tier has 256 KiB.</summary>
    internal int MaxMessageBytes { get; init; } = 256 * 1024;

    /// <summary>Gets the largest batch of messages in one transfer, in bytes.</summary>
    internal int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>Gets the largest frame that is taken, in bytes.</summary>
    internal int MaxFrameBytes { get; init; } = 64 * 1024;

    /// <summary>Gets how many connections may be open.</summary>
    internal int MaxConnections { get; init; } = 1000;

    /// <summary>Gets how many AMQP sessions a connection may have.</summary>
    internal int MaxSessions { get; init; } = 64;

    /// <summary>Gets how many links a connection may have.</summary>
    internal int MaxLinks { get; init; } = 256;

    /// <summary>Gets how many queues, subscriptions included, may be configured.</summary>
    internal int MaxEntities { get; init; } = 1000;

    /// <summary>Gets the largest state of a message session, in bytes.</summary>
    internal int MaxSessionStateBytes { get; init; } = 256 * 1024;

    /// <summary>Gets how many deliveries a receiver may have unsettled on one AMQP session.</summary>
    internal int MaxUnsettled { get; init; } = 5000;

    /// <summary>Gets how many messages a sender may have under way on one link.</summary>
    internal int SendCredit { get; init; } = 200;

    /// <summary>Gets how much output waits for a slow reader before it is given no more, in bytes.</summary>
    internal int MaxOutputBytes { get; init; } = 1024 * 1024;

    /// <summary>Gets the time for everything up to the AMQP open.</summary>
    internal TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the time for a first valid token, as Service Bus has it.</summary>
    internal TimeSpan TokenTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets the silence that is asked of nobody; twice this ends the connection.</summary>
    internal TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
