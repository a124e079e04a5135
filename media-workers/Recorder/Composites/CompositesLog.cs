using EventMeet.Contracts;
using EventMeet.Recorder.Composition.Running;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Composites;

/// <summary>Composites. Numbers 5150 to 5169.</summary>
internal static partial class CompositesLog
{
    [LoggerMessage(
        5150,
        LogLevel.Information,
        "Composite {Composite} of recording {Recording} is taken, attempt {Attempt}"
    )]
    internal static partial void CompositeTaken(
        this ILogger logger,
        CompositeId composite,
        RecordingId recording,
        int attempt
    );

    [LoggerMessage(5151, LogLevel.Information, "Composite {Composite} is finished: {Files} files, fault: {Fault}")]
    internal static partial void CompositeFinished(this ILogger logger, CompositeId composite, int files, string fault);

    [LoggerMessage(5152, LogLevel.Error, "Composite {Composite} is not made, {Fault}, attempt {Attempt}: {Details}")]
    internal static partial void CompositeFailed(
        this ILogger logger,
        CompositeId composite,
        CompositeFault fault,
        int attempt,
        string details
    );

    [LoggerMessage(5153, LogLevel.Information, "Composite {Composite} is not made any further here")]
    internal static partial void CompositeCancelled(this ILogger logger, CompositeId composite);

    [LoggerMessage(5154, LogLevel.Error, "Composite {Composite} fails here and is tried again")]
    internal static partial void CompositeJobFailed(this ILogger logger, CompositeId composite, Exception exception);

    [LoggerMessage(5155, LogLevel.Warning, "Composite {Composite} is made, but: {Note}")]
    internal static partial void CompositeNoted(this ILogger logger, CompositeId composite, string note);
}
