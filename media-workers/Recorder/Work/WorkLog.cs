using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Work;

/// <summary>Taking work. Numbers 5050 to 5069.</summary>
internal static partial class WorkLog
{
    [LoggerMessage(5050, LogLevel.Error, "Message {Id} of type {Type} is no work; it is in the dead-letter queue")]
    internal static partial void WorkUnreadable(this ILogger logger, string id, string type);

    [LoggerMessage(
        5051,
        LogLevel.Warning,
        "The lock on message {Id} is lost; its work goes on until somebody else has it"
    )]
    internal static partial void LeaseLost(this ILogger logger, string id);

    [LoggerMessage(5052, LogLevel.Warning, "The bus does not answer about message {Id}: {Reason}")]
    internal static partial void LeaseNotRenewed(this ILogger logger, string id, string reason);

    [LoggerMessage(5053, LogLevel.Information, "No new recordings are taken: {Reason}")]
    internal static partial void Refusing(this ILogger logger, string reason);

    [LoggerMessage(5054, LogLevel.Information, "New recordings are taken again")]
    internal static partial void Admitting(this ILogger logger);

    [LoggerMessage(5055, LogLevel.Warning, "The bus does not take {Type}, attempt {Attempt}: {Reason}")]
    internal static partial void ReportWaits(this ILogger logger, string type, int attempt, string reason);
}
