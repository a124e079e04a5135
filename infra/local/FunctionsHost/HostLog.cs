namespace EventMeet.FunctionsHost;

/// <summary>Log events 3000 to 3099.</summary>
internal static partial class HostLog
{
    [LoggerMessage(3000, LogLevel.Information, "The handler (process {Pid}) answers after {Milliseconds} ms")]
    internal static partial void HandlerReady(this ILogger logger, int pid, long milliseconds);

    [LoggerMessage(3001, LogLevel.Warning, "The handler has ended with exit code {ExitCode}; it is started again")]
    internal static partial void HandlerEnded(this ILogger logger, int exitCode);

    [LoggerMessage(3002, LogLevel.Error, "The handler has not answered for {Seconds} s; it is started again")]
    internal static partial void HandlerNeverReady(this ILogger logger, double seconds);

    [LoggerMessage(3004, LogLevel.Warning, "Invocation of {Function} failed: {Reason}")]
    internal static partial void InvocationFailed(this ILogger logger, string function, string reason);

    [LoggerMessage(3005, LogLevel.Warning, "Timer {Function} failed; it runs again at its next time")]
    internal static partial void TimerFailed(this ILogger logger, string function);

    [LoggerMessage(3006, LogLevel.Warning, "Messages of {Function} could not be settled: {Reason} They come again")]
    internal static partial void SettlementFailed(this ILogger logger, string function, string reason);
}
