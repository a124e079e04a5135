namespace EventMeet.Recorder.Composition.Running;

/// <summary>How composites are made.</summary>
internal sealed class CompositionOptions
{
    /// <summary>Gets or sets where ffmpeg and ffprobe are; empty for the path.</summary>
    public string FfmpegFolder { get; set; } = "";

    /// <summary>Gets or sets how far these stand back behind recording on the same machine, 0 to 19 (nice).</summary>
    public int Niceness { get; set; } = 10;

    /// <summary>Gets or sets the font family of names and cards.</summary>
    public string Font { get; set; } = "DejaVu Sans";

    /// <summary>Gets or sets how long nothing may move before a job is given up, 1 s to 1 h.</summary>
    public TimeSpan LongestStandstill { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>Gets or sets how many times its own length a film may take to make, 1 to 1,000; and a quarter of an hour on top.</summary>
    public int SlowestMultiple { get; set; } = 30;

    /// <summary>Gets the program that decodes and encodes.</summary>
    public string Ffmpeg => Path.Combine(FfmpegFolder, "ffmpeg");
}
