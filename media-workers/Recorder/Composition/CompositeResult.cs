using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Running;

namespace EventMeet.Recorder.Composition;

/// <summary>What came of a composite.</summary>
internal abstract record CompositeResult;

/// <summary>A film, verified.</summary>
/// <param name="Files">The film first, then what goes with it; all in the recording's folder.</param>
internal sealed record CompositeMade(IReadOnlyList<CompositeFile> Files) : CompositeResult
{
    /// <summary>Gets what is worth knowing none the less, for the operator's log: files that break off, and where.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>No film.</summary>
/// <param name="Fault">Why.</param>
/// <param name="Reason">Why, in a sentence for the tenant.</param>
/// <param name="Details">For the operator's log, ffmpeg's own words among them; empty if there are none.</param>
internal sealed record CompositeFailed(CompositeFault Fault, string Reason, string Details) : CompositeResult;

/// <summary>A file of a composite.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name in the recording's folder.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of these bytes, lower-case hexadecimal.</param>
internal sealed record CompositeFile(RecordedFileKind Kind, string Name, string ContentType, long Bytes, string Sha256)
{
    /// <summary>Gets how long it plays; null for what does not.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Gets the picture's width in pixels; null where there is none.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the picture's height in pixels; null where there is none.</summary>
    public int? Height { get; init; }

    /// <summary>Gets the codecs, as ffprobe names them; empty for what does not play.</summary>
    public IReadOnlyList<string> Codecs { get; init; } = [];
}
