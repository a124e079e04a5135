using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Recordings;

/// <summary>Reads what shall be recorded: bodies of POST requests, and the setting of a room.</summary>
internal static class RecordingRequest
{
    private const int ColorLength = 7;

    private static readonly Dictionary<string, RecordingMode> Modes = new(StringComparer.Ordinal)
    {
        ["composite"] = RecordingMode.Composite,
        ["tracks"] = RecordingMode.Tracks,
        ["audio"] = RecordingMode.Audio,
    };

    private static readonly Dictionary<string, CompositeLayout> Layouts = new(StringComparer.Ordinal)
    {
        ["grid"] = CompositeLayout.Grid,
        ["speaker"] = CompositeLayout.Speaker,
        ["screen_share"] = CompositeLayout.ScreenShare,
        ["screenShare"] = CompositeLayout.ScreenShare,
    };

    private static readonly Dictionary<string, CompositeFormat> Formats = new(StringComparer.Ordinal)
    {
        ["mp4"] = CompositeFormat.Mp4,
        ["webm"] = CompositeFormat.WebM,
        ["m4a"] = CompositeFormat.M4a,
    };

    private static readonly Dictionary<string, RecordingPolicy> Policies = new(StringComparer.Ordinal)
    {
        ["off"] = RecordingPolicy.Off,
        ["manual"] = RecordingPolicy.Manual,
        ["automatic"] = RecordingPolicy.Automatic,
    };

    /// <summary>Reads the body of POST …/recordings onto what the room's setting says.</summary>
    /// <param name="body">UTF-8 JSON; empty counts as no fields.</param>
    /// <param name="known">The room's choice.</param>
    /// <param name="starter">Who starts it, when their token says that; null when the body may.</param>
    /// <param name="choice">What shall be recorded.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(
        ReadOnlyMemory<byte> body,
        RecordingChoice known,
        string? starter,
        out RecordingChoice choice
    )
    {
        choice = known;
        if (RequestFields.Parse(body, out var request) is { } malformed)
        {
            return malformed;
        }

        choice = ReadChoice(request, known);
        if (starter is not null)
        {
            if (request.Has("startedBy"))
            {
                request.Refuse("startedBy", "is said by the token");
            }

            choice = choice with { StartedBy = starter };
        }

        return request.Finish();
    }

    /// <summary>Reads a room's setting onto what it has; null takes it back to its default.</summary>
    public static RoomRecording? ReadSetting(RequestFields? request, RoomRecording? known)
    {
        if (request is null)
        {
            return null;
        }

        var before = known ?? new RoomRecording();
        RoomRecording read = new()
        {
            Policy = request.Has("policy") ? request.Word("policy", Policies) ?? RecordingPolicy.Manual : before.Policy,
            Choice = ReadChoice(request, before.Choice),
        };
        request.RefuseOthers();
        return read;
    }

    /// <summary>Reads the body of POST …/composites onto what was chosen for the recording.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? ReadComposite(ReadOnlyMemory<byte> body, RecordingChoice known, out CompositeSpec spec)
    {
        var audio = known.Mode is RecordingMode.Audio;
        var film = known with { Mode = audio ? RecordingMode.Audio : RecordingMode.Composite };
        spec = film.ToSpec()!;
        if (RequestFields.Parse(body, out var request) is { } malformed)
        {
            return malformed;
        }

        var choice = ReadLayout(request, film);
        var format = request.Word("format", Formats) ?? film.Format;
        if (audio && format is not null and not CompositeFormat.M4a)
        {
            request.Refuse("format", "must be m4a: no pictures were recorded");
        }

        spec = (choice with { Format = format }).ToSpec()!;
        return request.Finish();
    }

    private static RecordingChoice ReadChoice(RequestFields request, RecordingChoice known)
    {
        RecordingChoice defaults = new();
        var mode = request.Has("mode") ? request.Word("mode", Modes) ?? defaults.Mode : known.Mode;
        var choice = ReadLayout(request, known) with
        {
            Mode = mode,
            Format = ReadFormat(request, mode, mode == known.Mode ? known.Format : null),
            Include = request.Has("include") ? ReadIdentities(request, "include") : known.Include,
            Exclude = request.Has("exclude") ? ReadIdentities(request, "exclude") : known.Exclude,
            MaxDurationSeconds = request.Has("maxDurationSeconds")
                ? request.Number(
                    "maxDurationSeconds",
                    RecordingLimits.LeastDurationSeconds,
                    RecordingLimits.DurationSeconds
                ) ?? defaults.MaxDurationSeconds
                : known.MaxDurationSeconds,
            MaxBytes = request.Has("maxBytes")
                ? request.LongNumber("maxBytes", RecordingLimits.LeastBytes, RecordingLimits.Bytes) ?? defaults.MaxBytes
                : known.MaxBytes,
            RetentionDays = request.Has("retentionDays")
                ? request.Number("retentionDays", 1, RecordingLimits.RetentionDays)
                : known.RetentionDays,
            StopAfterSeconds = request.Has("stopAfterSeconds")
                ? request.Number("stopAfterSeconds", 0, RecordingLimits.StopAfterSeconds)
                : known.StopAfterSeconds,
            StartedBy = request.Has("startedBy")
                ? request.Text("startedBy", RecordingLimits.StartedBy)
                : known.StartedBy,
        };
        if (mode is not RecordingMode.Composite && request.Has("layout"))
        {
            request.Refuse("layout", "is for the mode composite");
        }

        return choice;
    }

    private static CompositeFormat? ReadFormat(RequestFields request, RecordingMode mode, CompositeFormat? known)
    {
        if (!request.Has("format"))
        {
            return known;
        }

        var format = request.Word("format", Formats);
        var wrong =
            format is null ? null
            : mode is RecordingMode.Tracks ? "is for the modes composite and audio"
            : mode is RecordingMode.Audio && format is not CompositeFormat.M4a ? "must be m4a in the mode audio"
            : mode is RecordingMode.Composite && format is CompositeFormat.M4a
                ? "must be mp4 or webm; use the mode audio for sound alone"
            : null;
        if (wrong is not null)
        {
            request.Refuse("format", wrong);
        }

        return format;
    }

    private static IReadOnlyList<string>? ReadIdentities(RequestFields request, string name) =>
        request.Texts(name, RecordingLimits.Identities, RecordingLimits.Identity) is { Count: > 0 } identities
            ? identities
            : null;

    private static RecordingChoice ReadLayout(RequestFields request, RecordingChoice known)
    {
        if (request.Fields("layout") is not { } layout)
        {
            return known;
        }

        RecordingChoice defaults = new();
        var read = known with
        {
            Layout = layout.Has("type") ? layout.Word("type", Layouts) ?? defaults.Layout : known.Layout,
            Width = ReadEven(layout, "width", known.Width, RecordingLimits.LeastWidth, RecordingLimits.Width),
            Height = ReadEven(layout, "height", known.Height, RecordingLimits.LeastHeight, RecordingLimits.Height),
            FramesPerSecond =
                layout.Number("framesPerSecond", RecordingLimits.LeastFramesPerSecond, RecordingLimits.FramesPerSecond)
                ?? known.FramesPerSecond,
            Background = ReadColor(layout) ?? known.Background,
            ShowNames = layout.Flag("showNames") ?? known.ShowNames,
        };
        layout.RefuseOthers();
        return read;
    }

    // H.264 and VP9 have a colour for every four pixels.
    private static int ReadEven(RequestFields layout, string name, int known, int least, int most)
    {
        var value = layout.Number(name, least, most) ?? known;
        if (value % 2 != 0)
        {
            layout.Refuse(name, "must be even");
        }

        return value;
    }

    private static string? ReadColor(RequestFields layout)
    {
        var color = layout.Text("background", 64);
        if (
            color is null
            || (color.Length == ColorLength && color[0] == '#' && color.Skip(1).All(char.IsAsciiHexDigit))
        )
        {
            return color?.ToLowerInvariant();
        }

        layout.Refuse("background", "must be a colour, e.g. #1a2b3c");
        return null;
    }
}
