using Microsoft.Extensions.Logging;

namespace EventMeet.Broker;

/// <summary>What the broker says about itself; ids 2200 to 2299.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(
        2200,
        LogLevel.Information,
        "Recovered {Records} records from {Path}; {LostBytes} bytes of a torn tail dropped"
    )]
    internal static partial void Recovered(this ILogger logger, string path, long records, long lostBytes);

    [LoggerMessage(2201, LogLevel.Error, "The snapshot {Path} is damaged: what its whole records say is used")]
    internal static partial void SnapshotDamaged(this ILogger logger, string path);

    [LoggerMessage(2202, LogLevel.Error, "{Path} lies behind a damaged record and is set aside")]
    internal static partial void SegmentOrphaned(this ILogger logger, string path);

    [LoggerMessage(2203, LogLevel.Critical, "The log in {Path} cannot be written")]
    internal static partial void LogFailed(this ILogger logger, string path, Exception exception);

    [LoggerMessage(2204, LogLevel.Information, "Compacted the log in {Path} to {Bytes} bytes")]
    internal static partial void Compacted(this ILogger logger, string path, long bytes);

    [LoggerMessage(2210, LogLevel.Debug, "Connection {Number} is open: {ContainerId}")]
    internal static partial void ConnectionOpened(this ILogger logger, long number, string? containerId);

    [LoggerMessage(2211, LogLevel.Debug, "Connection {Number} has ended: {Reason}")]
    internal static partial void ConnectionEnded(this ILogger logger, long number, string reason);

    [LoggerMessage(2212, LogLevel.Warning, "Refused a connection: {Count} are open already")]
    internal static partial void ConnectionRefused(this ILogger logger, int count);

    [LoggerMessage(2213, LogLevel.Error, "Connection {Number} failed")]
    internal static partial void ConnectionFailed(this ILogger logger, long number, Exception exception);
}
