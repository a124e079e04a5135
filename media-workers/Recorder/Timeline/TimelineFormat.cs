using System.Text.Json;

namespace EventMeet.Recorder.Timeline;

/// <summary>Writes and reads <c>timeline.json</c>.</summary>
internal static class TimelineFormat
{
    /// <summary>Its name in a recording's folder.</summary>
    public const string FileName = "timeline.json";

    /// <summary>Its media type.</summary>
    public const string ContentType = "application/json";

    /// <summary>Writes it.</summary>
    public static byte[] Write(RecordingTimeline timeline) =>
        JsonSerializer.SerializeToUtf8Bytes(timeline, TimelineJsonContext.Default.RecordingTimeline);

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is no timeline, or one of a later version.</exception>
    public static RecordingTimeline Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var timeline = JsonSerializer.Deserialize(json, TimelineJsonContext.Default.RecordingTimeline);
            return timeline is { Version: RecordingTimeline.CurrentVersion }
                ? timeline
                : throw new InvalidDataException(
                    $"The timeline has version {timeline?.Version}, not {RecordingTimeline.CurrentVersion}."
                );
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("This is no timeline.", e);
        }
    }
}
