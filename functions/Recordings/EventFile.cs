using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Recordings;

/// <summary>A file as the API and events show it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name within the recording; with <see cref="Composite"/> it may have a folder.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal; null when its recorder was lost before it could say.</param>
internal sealed record EventFile(RecordedFileKind Kind, string Name, string ContentType, long Bytes, string? Sha256)
{
    private const int MostGaps = 20;

    public CompositeId? Composite { get; init; }

    public ParticipantId? Participant { get; init; }

    public string? Identity { get; init; }

    public TrackId? Track { get; init; }

    public TrackSource? Source { get; init; }

    public IReadOnlyList<string>? Codecs { get; init; }

    public long? DurationMs { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    /// <summary>Gets where it is not whole, from the recording's start; the first ones, when they are many.</summary>
    public IReadOnlyList<RecordedGap>? Gaps { get; init; }

    /// <summary>Gets how many gaps there are; null for none.</summary>
    public int? GapCount { get; init; }

    /// <summary>Gets where it is, for who may read the account.</summary>
    public string? Url { get; init; }

    /// <summary>Gets where whoever has this link may fetch it, for a while.</summary>
    public string? DownloadUrl { get; init; }

    /// <summary>Gets for how long.</summary>
    public DateTimeOffset? DownloadUrlExpiresAt { get; init; }

    public static EventFile Of(RecordedFile file, CompositeId? composite) =>
        new(file.Kind, file.Name, file.ContentType, file.Bytes, file.Sha256.Length == 0 ? null : file.Sha256)
        {
            Composite = composite,
            Participant = file.Participant,
            Identity = file.Identity,
            Track = file.Track,
            Source = file.Source,
            Codecs = file.Codecs,
            DurationMs = file.DurationMs,
            StartedAt = file.StartedAt,
            EndedAt = file.DurationMs is { } length ? file.StartedAt?.AddMilliseconds(length) : null,
            Width = file.Width,
            Height = file.Height,
            Gaps = file.Gaps is { Count: > 0 } gaps ? [.. gaps.Take(MostGaps)] : null,
            GapCount = file.Gaps is { Count: > 0 } all ? all.Count : null,
        };

    /// <summary>The same with its name cut to what is within the recording, and with links.</summary>
    public EventFile With(FileLinks links, Recording recording)
    {
        var shown = NameIn(recording.Folder, Name);
        return this with
        {
            Name = shown,
            Url = links.UrlOf(Name),
            DownloadUrl = links.LinkTo(Name, $"{recording.Id}-{shown.Replace('/', '-')}"),
            DownloadUrlExpiresAt = links.ExpiresAt,
        };
    }

    /// <summary>A blob's name within a recording's folder.</summary>
    public static string NameIn(string folder, string blob) =>
        blob.StartsWith(folder + "/", StringComparison.Ordinal) ? blob[(folder.Length + 1)..] : blob;
}
