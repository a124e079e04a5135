using System.Globalization;
using System.Runtime.InteropServices;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Tests.Fixtures;

namespace EventMeet.Recorder.Tests.Composition;

/// <summary>A composite, made and decoded again.</summary>
internal sealed class Film
{
    private const int SampleRate = 48_000;

    private readonly CompositeSpec _spec;

    private Film(string path, CompositeSpec spec, CompositeMade made)
    {
        Path = path;
        _spec = spec;
        Made = made;
    }

    public string Path { get; }

    public CompositeMade Made { get; }

    public byte[] Pixels { get; private set; } = [];

    public float[] Sound { get; private set; } = [];

    public int Frames => Pixels.Length / (_spec.Width * _spec.Height * 3);

    public static CompositeSpec Spec(
        CompositeLayout layout = CompositeLayout.Grid,
        CompositeFormat format = CompositeFormat.Mp4,
        int width = 320,
        int height = 180,
        bool showNames = false
    ) => new(layout, format, width, height, 25, "#102030", showNames);

    public static async Task<Film> MakeAsync(RecordedRoom room, CompositeSpec spec)
    {
        var result = await ResultAsync(room, spec);
        var made = result as CompositeMade;
        Assert.True(made is not null, $"{result}");
        var film = new Film(System.IO.Path.Combine(room.Folder, made.Files[0].Name), spec, made);
        await film.DecodeAsync();
        return film;
    }

    public static Task<CompositeResult> ResultAsync(RecordedRoom room, CompositeSpec spec) =>
        new CompositeMaker(new CompositionOptions(), TimeProvider.System).MakeAsync(
            room.Folder,
            room.Timeline,
            spec,
            new Progress<double>(),
            TestContext.Current.CancellationToken
        );

    /// <summary>The colour at a place, which is given as parts of width and height.</summary>
    public (int Red, int Green, int Blue) At(int ms, double x, double y)
    {
        var frame = ms * _spec.FramesPerSecond / 1000;
        var offset = ((frame * _spec.Height + (int)(y * _spec.Height)) * _spec.Width + (int)(x * _spec.Width)) * 3;
        return (Pixels[offset], Pixels[offset + 1], Pixels[offset + 2]);
    }

    public void Shows(string colour, int ms, double x, double y)
    {
        var (red, green, blue) = At(ms, x, y);
        var expected = colour switch
        {
            "red" => (255, 0, 0),
            "lime" => (0, 255, 0),
            "blue" => (0, 0, 255),
            "white" => (255, 255, 255),
            "yellow" => (255, 255, 0),
            "magenta" => (255, 0, 255),
            "black" => (0, 0, 0),
            "tile" => (0x2B, 0x30, 0x3A),
            _ => (0x10, 0x20, 0x30),
        };
        var isNear =
            Math.Abs(red - expected.Item1) < 40
            && Math.Abs(green - expected.Item2) < 40
            && Math.Abs(blue - expected.Item3) < 40;
        Assert.True(isNear, $"At {ms} ms, ({x}, {y}): ({red}, {green}, {blue}) is not {colour}");
    }

    /// <summary>How loud a tone is in a stretch: its amplitude (Goertzel).</summary>
    public double Tone(int hertz, int fromMs, int toMs)
    {
        var samples = Sound.AsSpan(fromMs * SampleRate / 1000, (toMs - fromMs) * SampleRate / 1000);
        var (real, imaginary) = (0.0, 0.0);
        for (var sample = 0; sample < samples.Length; sample++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * hertz * sample / SampleRate);
            real += samples[sample] * cos;
            imaginary += samples[sample] * sin;
        }

        return 2 * Math.Sqrt(real * real + imaginary * imaginary) / samples.Length;
    }

    /// <summary>When the picture turns white, in milliseconds.</summary>
    public List<double> Flashes()
    {
        var bright = Enumerable
            .Range(0, Frames)
            .Select(frame =>
                Pixels[(frame * _spec.Height + _spec.Height / 2) * _spec.Width * 3 + _spec.Width * 3 / 2] > 128
            )
            .ToList();
        return
        [
            .. Enumerable
                .Range(0, Frames)
                .Where(frame => bright[frame] && (frame == 0 || !bright[frame - 1]))
                .Select(frame => frame * 1000.0 / _spec.FramesPerSecond),
        ];
    }

    /// <summary>When a sound begins after a tenth of a second of silence, in milliseconds.</summary>
    public List<double> Beeps()
    {
        var beeps = new List<double>();
        var lastLoud = -SampleRate;
        for (var sample = 0; sample < Sound.Length; sample++)
        {
            if (Math.Abs(Sound[sample]) > 0.1f)
            {
                if (sample - lastLoud > SampleRate / 10)
                {
                    beeps.Add(sample * 1000.0 / SampleRate);
                }

                lastLoud = sample;
            }
        }

        return beeps;
    }

    private async Task DecodeAsync()
    {
        if (_spec.Format != CompositeFormat.M4a)
        {
            Pixels = await Tool.FfmpegAsync("-i", Path, "-map", "0:v", "-f", "rawvideo", "-pix_fmt", "rgb24", "-");
        }

        var samples = await Tool.FfmpegAsync(
            "-i",
            Path,
            "-map",
            "0:a",
            "-af",
            "pan=mono|c0=c0",
            "-ar",
            SampleRate.ToString(CultureInfo.InvariantCulture),
            "-f",
            "f32le",
            "-"
        );
        Sound = MemoryMarshal.Cast<byte, float>(samples).ToArray();
    }
}
