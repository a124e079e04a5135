using System.Diagnostics;
using System.Globalization;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Benchmarks.Composites;

/// <summary>tests/Benchmarks/composites: how fast films are made, by how many are seen in them.</summary>
internal static class CompositeProgram
{
    private const string Usage = "composites [--seconds 20] [--people 1,4,9,16] [--format mp4|webm] [--keep FOLDER]";
    private const int TicksPerSecond = 100; // of /proc; proc(5)

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (seconds, people, format, keep) = (20, new[] { 1, 4, 9, 16 }, CompositeFormat.Mp4, (string?)null);
        for (var position = 0; position + 1 < arguments.Length; position += 2)
        {
            var value = arguments[position + 1];
            switch (arguments[position])
            {
                case "--seconds":
                    seconds = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--people":
                    people = [.. value.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
                    break;
                case "--format":
                    format = Enum.Parse<CompositeFormat>(value, ignoreCase: true);
                    break;
                case "--keep":
                    keep = value;
                    break;
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return 2;
            }
        }

        var folder = keep ?? Directory.CreateTempSubdirectory("eventmeet-composites-").FullName;
        Directory.CreateDirectory(folder);
        try
        {
            await MakeTracksAsync(folder, seconds);
            Console.WriteLine("720p30 grid with names; cameras of 720p30 VP8 at 1.5 Mbit/s, microphones of Opus");
            Console.WriteLine("people  x real time  CPU-s per film-s  Mbit/s");
            foreach (var count in people)
            {
                if (!await MeasureAsync(folder, seconds, count, format))
                {
                    return 1;
                }
            }
        }
        finally
        {
            if (keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return 0;
    }

    private static async Task<bool> MeasureAsync(string folder, int seconds, int people, CompositeFormat format)
    {
        var spec = new CompositeSpec(CompositeLayout.Grid, format, 1280, 720, 30, "#101418", ShowNames: true);
        var cpuBefore = CpuSeconds();
        var started = Stopwatch.GetTimestamp();
        var result = await new CompositeMaker(new CompositionOptions(), TimeProvider.System).MakeAsync(
            folder,
            Recording(seconds, people),
            spec,
            new Progress<double>(),
            CancellationToken.None
        );
        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (result is not CompositeMade made)
        {
            await Console.Error.WriteLineAsync($"{result}");
            return false;
        }

        var cpu = CpuSeconds() - cpuBefore;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{people, 6}  {seconds / wall, 11:F1}  {cpu / seconds, 16:F2}  {made.Files[0].Bytes * 8e-6 / seconds, 6:F1}"
            )
        );
        return true;
    }

    private static RecordingTimeline Recording(int seconds, int people)
    {
        var whole = new TimelineSpan(0, seconds * 1000);
        TimelineTrack Track(int person, MediaKind kind, TrackSource source, string file) =>
            new()
            {
                Id = new($"track_{kind}_{person}"),
                Participant = new($"part_{person}"),
                Kind = kind,
                Source = source,
                Codec = kind == MediaKind.Audio ? "opus" : "VP8",
                Published = whole,
                Files =
                [
                    new()
                    {
                        Name = file,
                        FromMs = 0,
                        ToMs = whole.ToMs,
                    },
                ],
                Segments = [whole],
            };
        return new()
        {
            Recording = new("rec_1"),
            Room = new("room_1"),
            StartedAt = DateTimeOffset.UnixEpoch,
            LengthMs = whole.ToMs,
            Participants =
            [
                .. Enumerable
                    .Range(0, people)
                    .Select(person => new TimelineParticipant
                    {
                        Id = new($"part_{person}"),
                        Identity = $"{person}",
                        Name = $"Person {person}",
                        Present = [whole],
                    }),
            ],
            Tracks =
            [
                .. Enumerable
                    .Range(0, people)
                    .SelectMany(person =>
                        new[]
                        {
                            Track(person, MediaKind.Video, TrackSource.Camera, "camera.webm"),
                            Track(person, MediaKind.Audio, TrackSource.Microphone, "microphone.weba"),
                        }
                    ),
            ],
        };
    }

    // Something soft that moves, with a sensor's noise: about as hard to encode as a face.
    private static async Task MakeTracksAsync(string folder, int seconds)
    {
        var length = seconds.ToString(CultureInfo.InvariantCulture);
        await FfmpegAsync(
            folder,
            $"-f lavfi -i testsrc2=size=160x90:rate=30,scale=1280:720:flags=bicubic,format=yuv420p,noise=alls=6:allf=t -t {length} -c:v libvpx "
                + "-deadline realtime -cpu-used 8 -b:v 1500k -g 3000 -y camera.webm"
        );
        await FfmpegAsync(
            folder,
            $"-f lavfi -i anoisesrc=color=pink:amplitude=0.1:sample_rate=48000 -t {length} -c:a libopus -b:a 32k -f webm -y microphone.weba"
        );
    }

    private static async Task FfmpegAsync(string folder, string arguments)
    {
        using var ffmpeg = Process.Start(
            new ProcessStartInfo("ffmpeg", "-nostdin -v error " + arguments) { WorkingDirectory = folder }
        )!;
        await ffmpeg.WaitForExitAsync();
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException("ffmpeg cannot make the tracks.");
        }
    }

    // Our own and that of the programs that have ended: proc(5), utime, stime, cutime, cstime.
    private static double CpuSeconds()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
