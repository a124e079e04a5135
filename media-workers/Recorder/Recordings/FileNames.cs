using System.Globalization;
using System.Text;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Recordings;

/// <summary>Names that a person understands and every storage, shell and file system takes.</summary>
internal static class FileNames
{
    private const int MaxIdentity = 64; // characters
    private const string Harmless = "-_.@";

    /// <summary>The front of a track's file name, up to its ending.</summary>
    /// <param name="identity">The publisher's; its id when there is nothing usable in it.</param>
    /// <param name="source">What the track shows or lets hear.</param>
    /// <param name="track">The track.</param>
    /// <param name="take">Which recorder in a row; no two write to one file.</param>
    /// <param name="number">Counts this recorder's files of the track from 1.</param>
    public static string OfTrack(string identity, TrackSource source, TrackId track, int take, int number)
    {
        var stem = $"{Safe(identity)}-{SourceName(source)}-{track}-{take.ToString(CultureInfo.InvariantCulture)}";
        return number == 1 ? stem : $"{stem}-{number.ToString(CultureInfo.InvariantCulture)}";
    }

    private static string SourceName(TrackSource source) =>
        source switch
        {
            TrackSource.Camera => "camera",
            TrackSource.Microphone => "microphone",
            TrackSource.ScreenShare => "screen_share",
            TrackSource.ScreenShareAudio => "screen_share_audio",
            _ => "unknown",
        };

    private static string Safe(string identity)
    {
        var safe = new StringBuilder();
        foreach (var rune in identity.EnumerateRunes())
        {
            if (safe.Length >= MaxIdentity)
            {
                break;
            }

            var isKept =
                rune.IsAscii
                && (
                    char.IsAsciiLetterOrDigit((char)rune.Value)
                    || Harmless.Contains((char)rune.Value, StringComparison.Ordinal)
                );
            _ = safe.Append(isKept ? (char)rune.Value : '_');
        }

        // A name must not hide itself, nor look like an option.
        return safe.ToString().TrimStart('.', '-') is { Length: > 0 } usable ? usable : "participant";
    }
}
