namespace EventMeet.Recorder.Composition.Running;

/// <summary>A film cannot be made. Turned into a result by <see cref="CompositeMaker"/>.</summary>
internal sealed class CompositionException(CompositeFault fault, string reason, Exception? inner = null)
    : Exception(reason, inner)
{
    public CompositeFault Fault { get; } = fault;

    /// <summary>Gets what an operator needs beside the reason: ffmpeg's own words.</summary>
    public string Details { get; init; } = "";
}

/// <summary>Why there is no film.</summary>
internal enum CompositeFault
{
    /// <summary>The order is not one that can be carried out; doing it again will not help.</summary>
    BadSpec,

    /// <summary>Nobody sent anything, or everything was paused.</summary>
    NothingRecorded,

    /// <summary>A track's file is not there, though something was stored.</summary>
    FileMissing,

    /// <summary>ffmpeg ended with an error.</summary>
    EncoderFailed,

    /// <summary>Nothing moved, or it took too long.</summary>
    TimedOut,

    /// <summary>There was a film, but it was not right.</summary>
    VerificationFailed,
}
