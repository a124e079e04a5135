using Microsoft.Extensions.Logging;

namespace EventMeet.Broker.Hosting;

/// <summary>Logs to the error stream, one line each; the output stream has the line that says "ready" and nothing else.</summary>
internal sealed class ErrorStreamLogger(LogLevel least, TimeProvider clock) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
        {
            var cause = exception is null ? "" : $": {exception.Message}";
            Console.Error.WriteLine(
                $"{clock.GetUtcNow():HH:mm:ss.fff} {logLevel} {formatter(state, exception)}{cause}"
            );
        }
    }
}
