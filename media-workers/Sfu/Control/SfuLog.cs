using Microsoft.Extensions.Logging;

namespace EventMeet.Sfu.Control;

/// <summary>Log events 1100 to 1199.</summary>
internal static partial class SfuLog
{
    [LoggerMessage(1100, LogLevel.Information, "Shard {Shard} is ready at {Addresses}")]
    internal static partial void ShardReady(this ILogger logger, int shard, string addresses);

    [LoggerMessage(1101, LogLevel.Warning, "{Command} for room {Room} is refused: {Reason}")]
    internal static partial void CommandRefused(this ILogger logger, string command, string room, string reason);

    [LoggerMessage(1102, LogLevel.Warning, "Shard {Shard} learns no public address from {Server}: {Reason}")]
    internal static partial void NoPublicAddress(this ILogger logger, int shard, string server, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "Azure's metadata service tells no public address: {Reason}")]
    internal static partial void NoMetadata(this ILogger logger, string reason);

    [LoggerMessage(1104, LogLevel.Information, "Relay {Relay} of room {Room} is over: {End} (answered: {Answered})")]
    internal static partial void RelayEnded(this ILogger logger, string relay, string room, string end, bool answered);
}
