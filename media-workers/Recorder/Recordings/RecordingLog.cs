using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Storage;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Recordings;

/// <summary>Recordings. Numbers 5100 to 5149.</summary>
internal static partial class RecordingLog
{
    [LoggerMessage(5100, LogLevel.Information, "Recording {Recording} of room {Room} is taken, take {Take}")]
    internal static partial void Taken(this ILogger logger, RecordingId recording, RoomId room, int take);

    [LoggerMessage(
        5101,
        LogLevel.Warning,
        "Nothing reaches recording {Recording} any more; another relay is asked for"
    )]
    internal static partial void CutOff(this ILogger logger, RecordingId recording);

    [LoggerMessage(5102, LogLevel.Information, "Recording {Recording} ends: {Reason}")]
    internal static partial void Ends(this ILogger logger, RecordingId recording, RecordingEnd reason);

    [LoggerMessage(5103, LogLevel.Information, "Recording {Recording} is finished: {Reason}, {Files} files")]
    internal static partial void Finished(this ILogger logger, RecordingId recording, RecordingEnd reason, int files);

    [LoggerMessage(5104, LogLevel.Information, "Recording {Recording} is another recorder's, or over; it is let go")]
    internal static partial void Yielded(this ILogger logger, RecordingId recording);

    [LoggerMessage(
        5105,
        LogLevel.Warning,
        "Recording {Recording} is given up here before it was finished; another recorder goes on"
    )]
    internal static partial void GivenUp(this ILogger logger, RecordingId recording);

    [LoggerMessage(5106, LogLevel.Error, "Recording {Recording} fails here; another recorder goes on")]
    internal static partial void JobFailed(this ILogger logger, RecordingId recording, Exception exception);

    [LoggerMessage(5107, LogLevel.Error, "{File} of a recording is not whole: {Fault}")]
    internal static partial void FileIncomplete(this ILogger logger, string file, StorageFault fault);

    [LoggerMessage(5108, LogLevel.Error, "{File} does not stand the verification: {Fault}")]
    internal static partial void FileUnsound(this ILogger logger, string file, string fault);

    [LoggerMessage(5109, LogLevel.Error, "The timeline of recording {Recording} is not stored: {Reason}")]
    internal static partial void TimelineNotStored(this ILogger logger, RecordingId recording, string reason);

    [LoggerMessage(5110, LogLevel.Error, "The relay's keys for recording {Recording} are none")]
    internal static partial void KeysUnusable(this ILogger logger, RecordingId recording);

    [LoggerMessage(5111, LogLevel.Information, "Recordings are taken; media reaches them at {Addresses}")]
    internal static partial void Ready(this ILogger logger, string addresses);
}
