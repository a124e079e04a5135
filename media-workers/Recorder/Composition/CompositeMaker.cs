using System.Globalization;
using System.Security.Cryptography;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Drawing;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Composition.Sound;
using EventMeet.Recorder.Timeline;
using EventMeet.Recorder.Verification;

namespace EventMeet.Recorder.Composition;

/// <summary>Makes a film from a finished recording: 1 plan, 2 mix the sound, 3 paint the pictures, 4 cut the stills, 5 verify, 6 hand over.</summary>
/// <param name="options">How.</param>
/// <param name="clock">The time; only bounds depend on it.</param>
internal sealed class CompositeMaker(CompositionOptions options, TimeProvider clock)
{
    private const string ChaptersFile = "chapters.txt";

    /// <summary>Makes it.</summary>
    /// <param name="folder">Has the tracks' files, as the timeline names them; gets the film. One job at a time.</param>
    /// <param name="timeline">Of a recording that has ended.</param>
    /// <param name="spec">What is wanted.</param>
    /// <param name="progress">Is told percents, 0 to 100, rising; on any thread.</param>
    /// <param name="cancellationToken">Ends the job; every program it started is gone when this returns.</param>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public async Task<CompositeResult> MakeAsync(
        string folder,
        RecordingTimeline timeline,
        CompositeSpec spec,
        IProgress<double> progress,
        CancellationToken cancellationToken
    )
    {
        var workFolder = Path.Combine(folder, ".composition");
        using var watch = new JobWatch(
            options,
            TimeSpan.FromMilliseconds(timeline.LengthMs),
            progress,
            clock,
            cancellationToken
        );
        try
        {
            Directory.CreateDirectory(workFolder);
            return await MakeAsync(Path.GetFullPath(folder), Path.GetFullPath(workFolder), timeline, spec, watch);
        }
        catch (OperationCanceledException) when (watch.IsTimedOut)
        {
            return new CompositeFailed(CompositeFault.TimedOut, "Making the film took too long.", "");
        }
        catch (CompositionException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new CompositeFailed(e.Fault, e.Message, e.Details);
        }
        catch (IOException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new CompositeFailed(CompositeFault.EncoderFailed, "The film could not be written.", e.Message);
        }
        finally
        {
            if (Directory.Exists(workFolder))
            {
                Directory.Delete(workFolder, recursive: true);
            }
        }
    }

    private async Task<CompositeResult> MakeAsync(
        string folder,
        string workFolder,
        RecordingTimeline timeline,
        CompositeSpec spec,
        JobWatch watch
    )
    {
        var background = Check(spec);
        var plan = CompositePlan.Make(timeline, spec);
        var files = timeline.Tracks.ToDictionary(track => track.Id, track => TrackFiles.Of(track, folder));
        if (plan.Clock.Frames == 0 || files.Values.All(own => own.Count == 0))
        {
            throw new CompositionException(
                CompositeFault.NothingRecorded,
                "Nothing was recorded: there is no sound and no picture."
            );
        }

        await File.WriteAllTextAsync(
            Path.Combine(workFolder, ChaptersFile),
            Chapter.ToFfmetadata(plan.Chapters),
            watch.Token
        );
        var notes = new CompositeNotes();
        var isSoundAlone = spec.Format == CompositeFormat.M4a;
        var film = "composite" + Extension(spec.Format);
        var sound = isSoundAlone ? film : "sound" + Extension(spec.Format);
        watch.Begin(isSoundAlone ? 0.95 : 0.1);
        await MixAsync(plan, files, workFolder, sound, notes, watch);
        var stills = new StillCutter(options, plan, workFolder);
        if (!isSoundAlone)
        {
            watch.Begin(0.85);
            await PaintAsync(plan, background, files, workFolder, sound, film, stills, notes, watch);
        }

        watch.Begin(0.05);
        var verdict = await new CompositeVerifier(options).VerifyAsync(
            Path.Combine(workFolder, film),
            spec,
            TimeSpan.FromSeconds((double)plan.Clock.Frames / spec.FramesPerSecond),
            watch.Token
        );
        if (!verdict.IsSound)
        {
            throw new CompositionException(
                CompositeFault.VerificationFailed,
                "The film did not stand the verification."
            )
            {
                Details = string.Join("; ", verdict.Reasons),
            };
        }

        var made = await HandOverAsync(plan, stills, film, verdict, workFolder, folder, watch.Token);
        watch.Report(1);
        return new CompositeMade(made) { Notes = notes.All };
    }

    private static YuvColour Check(CompositeSpec spec)
    {
        if (
            spec.Width is < 160 or > 3840
            || spec.Height is < 90 or > 2160
            || ((spec.Width | spec.Height) & 1) != 0
            || spec.FramesPerSecond is < 5 or > 60
            || !Enum.IsDefined(spec.Layout)
            || !Enum.IsDefined(spec.Format)
        )
        {
            throw new CompositionException(
                CompositeFault.BadSpec,
                "A film is 160 to 3840 pixels wide, 90 to 2160 high, both even, and has 5 to 60 frames per second."
            );
        }

        return YuvColour.TryParse(spec.Background, out var background)
            ? background
            : throw new CompositionException(CompositeFault.BadSpec, "The background is not a colour like #1a2b3c.");
    }

    private async Task MixAsync(
        CompositePlan plan,
        Dictionary<EventMeet.Contracts.TrackId, IReadOnlyList<(TimelineFile File, string Path)>> files,
        string workFolder,
        string output,
        CompositeNotes notes,
        JobWatch watch
    )
    {
        var tracks = plan
            .SoundTracks.Where(track => files[track.Id].Count > 0)
            .Select(track => new TrackSound(options, track, files[track.Id], workFolder, notes))
            .ToList();
        try
        {
            var chapters = plan.Spec.Format == CompositeFormat.M4a ? ChaptersFile : null;
            var arguments = FfmpegArguments.EncodeSound(plan.Spec.Format, chapters, output);
            await using var encoder = MediaTool.Start(options, workFolder, arguments);
            await encoder.FeedAsync(input => new SoundMixer(plan.Clock, tracks).WriteAsync(input, watch), watch.Token);
            await encoder.SucceedAsync("the sound was mixed", watch.Token);
        }
        finally
        {
            foreach (var track in tracks)
            {
                await track.DisposeAsync();
            }
        }
    }

    private async Task PaintAsync(
        CompositePlan plan,
        YuvColour background,
        Dictionary<EventMeet.Contracts.TrackId, IReadOnlyList<(TimelineFile File, string Path)>> files,
        string workFolder,
        string sound,
        string output,
        StillCutter stills,
        CompositeNotes notes,
        JobWatch watch
    )
    {
        var labels = await new LabelPrinter(options, workFolder).PrintAsync(plan.Labels.All, watch);
        var tracks = 0;
        await using var painter = new FilmPainter(
            plan,
            background,
            labels,
            planned =>
                new(
                    options,
                    planned.Track,
                    files[planned.Track.Id],
                    planned.Sizes,
                    workFolder,
                    tracks++.ToString(CultureInfo.InvariantCulture),
                    notes
                )
        );
        var arguments = FfmpegArguments.EncodeFilm(plan.Spec, sound, ChaptersFile, output);
        await using var encoder = MediaTool.Start(options, workFolder, arguments);
        await encoder.FeedAsync(
            input =>
                painter.PaintAsync(
                    async (frame, pixels) =>
                    {
                        await stills.HandleFrameAsync(frame, pixels, watch.Token);
                        await input.WriteAsync(pixels, watch.Token);
                    },
                    watch
                ),
            watch.Token
        );
        await encoder.SucceedAsync("the pictures were encoded", watch.Token);
        await stills.CutAsync(watch.Token);
    }

    private static async Task<IReadOnlyList<CompositeFile>> HandOverAsync(
        CompositePlan plan,
        StillCutter stills,
        string film,
        Verdict verdict,
        string workFolder,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var files = new List<CompositeFile>
        {
            new(RecordedFileKind.Composite, film, ContentType(plan.Spec.Format), verdict.Bytes, verdict.Sha256)
            {
                Duration = verdict.Duration,
                Width = verdict.Width,
                Height = verdict.Height,
                Codecs = verdict.Codecs,
            },
        };
        if (plan.Chapters.Count > 0)
        {
            const string Name = "chapters.vtt";
            await File.WriteAllTextAsync(
                Path.Combine(workFolder, Name),
                Chapter.ToWebVtt(plan.Chapters),
                cancellationToken
            );
            files.Add(await DescribeAsync(RecordedFileKind.Chapters, Name, "text/vtt", workFolder, cancellationToken));
        }

        foreach (var still in stills.Made)
        {
            var file = await DescribeAsync(still.Kind, still.Name, "image/jpeg", workFolder, cancellationToken);
            files.Add(file with { Width = still.Width, Height = still.Height });
        }

        // All or nothing, as far as a file system lets one: nothing is in the folder that was not verified.
        foreach (var file in files)
        {
            File.Move(Path.Combine(workFolder, file.Name), Path.Combine(folder, file.Name), overwrite: true);
        }

        return files;
    }

    private static async Task<CompositeFile> DescribeAsync(
        RecordedFileKind kind,
        string name,
        string contentType,
        string folder,
        CancellationToken cancellationToken
    )
    {
        await using var stream = File.OpenRead(Path.Combine(folder, name));
        var hash = await SHA256.HashDataAsync(stream, cancellationToken);
        return new(kind, name, contentType, stream.Length, Convert.ToHexStringLower(hash));
    }

    private static string Extension(CompositeFormat format) =>
        format switch
        {
            CompositeFormat.Mp4 => ".mp4",
            CompositeFormat.WebM => ".webm",
            _ => ".m4a",
        };

    private static string ContentType(CompositeFormat format) =>
        format switch
        {
            CompositeFormat.Mp4 => "video/mp4",
            CompositeFormat.WebM => "video/webm",
            _ => "audio/mp4",
        };
}
