using Microsoft.Extensions.Logging;

namespace EventMeet.Contracts.Bus;

/// <summary>What the bus client says about itself; ids 2100 to 2199.</summary>
internal static partial class BusLog
{
    [LoggerMessage(2100, LogLevel.Information, "Connected to the bus at {Broker}")]
    internal static partial void Connected(this ILogger logger, BusConnectionOptions broker);

    [LoggerMessage(2101, LogLevel.Warning, "The bus at {Broker} is not there ({Reason}); next attempt in {WaitMs} ms")]
    internal static partial void NotConnected(
        this ILogger logger,
        BusConnectionOptions broker,
        string reason,
        long waitMs
    );

    [LoggerMessage(2102, LogLevel.Warning, "Lost the bus at {Broker}: {Reason}")]
    internal static partial void ConnectionLost(this ILogger logger, BusConnectionOptions broker, string reason);

    [LoggerMessage(2103, LogLevel.Debug, "Receiving from {Entity}, session {SessionId}, {Credit} at once")]
    internal static partial void Receiving(this ILogger logger, string entity, string? sessionId, int credit);

    [LoggerMessage(2104, LogLevel.Warning, "Not receiving from {Entity}: {Reason}; next attempt in {WaitMs} ms")]
    internal static partial void NotReceiving(this ILogger logger, string entity, string reason, long waitMs);

    [LoggerMessage(2105, LogLevel.Information, "Sending to {Entity} again: {Reason}")]
    internal static partial void SendingAgain(this ILogger logger, string entity, string reason);

    [LoggerMessage(2106, LogLevel.Warning, "No new token for {Audience}: {Reason}; next attempt in {WaitMs} ms")]
    internal static partial void NoToken(this ILogger logger, string audience, string reason, long waitMs);

    [LoggerMessage(2107, LogLevel.Warning, "A lock on {Entity} was lost before its message was settled")]
    internal static partial void LockLost(this ILogger logger, string entity);
}
