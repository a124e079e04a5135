using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Storage;

/// <summary>What storage has to say. Numbers 5000 to 5049.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(5000, LogLevel.Warning, "Storage did not take {File}, attempt {Attempt}: {Reason}")]
    internal static partial void Repeats(this ILogger logger, string file, int attempt, string reason);

    [LoggerMessage(5001, LogLevel.Error, "Storage did not take {File} for too long; {StoredBytes} bytes are stored")]
    internal static partial void GaveUp(this ILogger logger, string file, long storedBytes, Exception exception);

    [LoggerMessage(5002, LogLevel.Error, "{File} ends early: {Fault}; {StoredBytes} bytes are stored")]
    internal static partial void Failed(this ILogger logger, string file, StorageFault fault, long storedBytes);

    [LoggerMessage(
        5003,
        LogLevel.Warning,
        "Storage has forgotten {Count} bytes of {File} that it had acknowledged; they are stored again"
    )]
    internal static partial void Forgotten(this ILogger logger, string file, long count);
}
