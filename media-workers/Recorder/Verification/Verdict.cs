namespace EventMeet.Recorder.Verification;

/// <summary>What a verification found.</summary>
/// <param name="Reasons">What is wrong, each in a sentence; none if all is well.</param>
/// <param name="Bytes">The file's size.</param>
/// <param name="Sha256">Of these bytes, lower-case hexadecimal; empty if there is no file.</param>
internal sealed record Verdict(IReadOnlyList<string> Reasons, long Bytes, string Sha256)
{
    /// <summary>Gets a value indicating whether all is well.</summary>
    public bool IsSound => Reasons.Count == 0;

    /// <summary>Gets how long it plays.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets the picture's width in pixels; null where there is none.</summary>
    public int? Width { get; init; }

    /// <summary>Gets the picture's height in pixels; null where there is none.</summary>
    public int? Height { get; init; }

    /// <summary>Gets the codecs, as ffprobe names them.</summary>
    public IReadOnlyList<string> Codecs { get; init; } = [];
}
