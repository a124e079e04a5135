using Microsoft.Extensions.Logging;

namespace EventMeet.WorkerHost;

/// <summary>Log events 1000 to 1099.</summary>
internal static partial class WorkerHostLog
{
    [LoggerMessage(
        1000,
        LogLevel.Warning,
        "No heartbeat gets through to the bus: {Reason} Rooms go on; no new ones are placed here"
    )]
    internal static partial void HeartbeatSilent(this ILogger logger, string reason);

    [LoggerMessage(1001, LogLevel.Information, "Heartbeats reach the bus again")]
    internal static partial void HeartbeatResumed(this ILogger logger);

    [LoggerMessage(1002, LogLevel.Warning, "Facts wait for the bus: {Reason} {Waiting} more are queued")]
    internal static partial void FactsWait(this ILogger logger, string reason, int waiting);

    [LoggerMessage(1003, LogLevel.Error, "A fact of type {Type} is lost: too many are waiting for the bus")]
    internal static partial void FactLost(this ILogger logger, string type);

    [LoggerMessage(1004, LogLevel.Error, "Command {Id} of type {Type} cannot be read; it is in the dead-letter queue")]
    internal static partial void CommandUnreadable(this ILogger logger, string id, string type);

    [LoggerMessage(1005, LogLevel.Warning, "Command {Id} was carried out but its lock was lost; it may come again")]
    internal static partial void CommandLockLost(this ILogger logger, string id);
}
