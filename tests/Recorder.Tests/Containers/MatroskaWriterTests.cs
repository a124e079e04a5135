using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using EventMeet.Media.Codecs;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;
using EventMeet.Recorder.Tests.Fixtures;
using FsCheck.Xunit;

namespace EventMeet.Recorder.Tests.Containers;

public sealed class MatroskaWriterTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 5, 6, 7, 890, TimeSpan.Zero);

    public static TheoryData<CodecKind> Codecs => EncodedTrack.Codecs;

    [Fact]
    public void Writes_the_front_that_the_specification_asks_for()
    {
        var file = new ArrayBufferWriter<byte>();
        var writer = new MatroskaWriter(TrackFormat.Vp8(new(640, 360)), Start, file);
        writer.WriteFrame(TimeSpan.Zero, isKeyFrame: true, [0x10, 0x20]);
        writer.WriteFrame(TimeSpan.FromMilliseconds(40), isKeyFrame: false, [0x30]);

        Assert.Equal(
            Golden(
                """
                1A45DFA3 9F                         EBML
                  4286 81 01                        EBMLVersion
                  42F7 81 01                        EBMLReadVersion
                  42F2 81 04                        EBMLMaxIDLength
                  42F3 81 08                        EBMLMaxSizeLength
                  4282 84 7765626D                  DocType webm
                  4287 81 04                        DocTypeVersion
                  4285 81 02                        DocTypeReadVersion
                18538067 01FFFFFFFFFFFFFF           Segment, size unknown
                  1549A966 AA                       Info
                    2AD7B1 83 0F4240                TimestampScale 1000000
                    4461 88 0B05E5CAA9760880        DateUTC
                    4D80 89 4576656E744D656574      MuxingApp EventMeet
                    5741 89 4576656E744D656574      WritingApp EventMeet
                  1654AE6B A7                       Tracks
                    AE A5                           TrackEntry
                      D7 81 01                      TrackNumber
                      73C5 81 01                    TrackUID
                      83 81 01                      TrackType video
                      9C 81 00                      FlagLacing
                      22B59C 83 756E64              Language und
                      86 85 565F565038              CodecID V_VP8
                      E0 88                         Video
                        B0 82 0280                  PixelWidth 640
                        BA 82 0168                  PixelHeight 360
                  1254C367 B3                       Tags
                    7373 B0                         Tag
                      63C0 80                       Targets: the whole file
                      67C8 AA                       SimpleTag
                        45A3 8D 444154455F5245434F52444544                      TagName DATE_RECORDED
                        4487 97 323032362D30332D30342030353A30363A30372E383930  TagString
                  1F43B675 01FFFFFFFFFFFFFF         Cluster, size unknown
                    E7 81 00                        Timestamp
                    A3 86 81 0000 80 1020           SimpleBlock, key frame
                    A3 85 81 0028 00 30             SimpleBlock
                """
            ),
            Convert.ToHexString(file.WrittenSpan)
        );
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task Decodes_without_an_error_and_with_every_frame(CodecKind codec)
    {
        var track = await EncodedTrack.OfAsync(codec);
        using var scratch = new Scratch();
        var path = scratch.Write("track" + track.Format.FileExtension, Write(track).File);

        using var report = await ProbeAsync(path);
        var stream = Assert.Single(report.RootElement.GetProperty("streams").EnumerateArray());
        Assert.Equal(
            codec.ToString().ToUpperInvariant(),
            stream.GetProperty("codec_name").GetString()!.ToUpperInvariant()
        );
        Assert.Equal($"{track.Frames.Count}", stream.GetProperty("nb_read_packets").GetString());
        if (codec == CodecKind.Opus)
        {
            Assert.Equal("48000", stream.GetProperty("sample_rate").GetString());
            Assert.Equal(2, stream.GetProperty("channels").GetInt32());
        }
        else
        {
            Assert.Equal(128, stream.GetProperty("width").GetInt32());
            Assert.Equal(96, stream.GetProperty("height").GetInt32());
            Assert.Equal($"{track.Frames.Count}", stream.GetProperty("nb_read_frames").GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task Is_a_whole_file_wherever_it_ends_behind_a_block(CodecKind codec)
    {
        var track = await EncodedTrack.OfAsync(codec);
        var (file, ends) = Write(track);
        using var scratch = new Scratch();
        foreach (var frames in (int[])[1, 2, 7, track.Frames.Count / 2, track.Frames.Count - 1])
        {
            var path = scratch.Write("prefix", file.AsSpan(0, ends[frames - 1]));
            using var report = await ProbeAsync(path);
            var stream = Assert.Single(report.RootElement.GetProperty("streams").EnumerateArray());
            Assert.Equal($"{frames}", stream.GetProperty("nb_read_packets").GetString());
        }
    }

    [Fact]
    public async Task Names_the_wall_clock_at_its_beginning()
    {
        var track = await EncodedTrack.OfAsync(CodecKind.Opus);
        using var scratch = new Scratch();
        using var report = await ProbeAsync(scratch.Write("track.weba", Write(track).File));
        var created = report
            .RootElement.GetProperty("format")
            .GetProperty("tags")
            .GetProperty("creation_time")
            .GetString()!;
        Assert.Equal(Start, DateTimeOffset.Parse(created, CultureInfo.InvariantCulture));
    }

    [Property]
    public void Keeps_every_frame_in_clusters_of_two_seconds(int[] steps, bool[] keyFrames)
    {
        var file = new ArrayBufferWriter<byte>();
        var writer = new MatroskaWriter(TrackFormat.Vp8(new(2, 2)), Start, file);
        var expected = new List<(long At, bool IsKeyFrame)>();
        var (at, newest) = (0L, 0L);
        for (var position = 0; position < Math.Min(steps.Length, keyFrames.Length); position++)
        {
            // Mostly small steps; some back, some of hours.
            at = Math.Max(0, at + (steps[position] % 7 == 6 ? 40_000_000 : steps[position] % 700));
            newest = Math.Max(newest, at);
            writer.WriteFrame(TimeSpan.FromMilliseconds(at), keyFrames[position], [(byte)position]);
            expected.Add((newest, keyFrames[position]));
        }

        var bytes = file.WrittenSpan.ToArray();
        var (cluster, clusterStart) = (-1L, true);
        var read = new List<(long At, bool IsKeyFrame)>();
        foreach (var element in EbmlReader.Read(bytes))
        {
            if (element.Id == MatroskaIds.Timestamp)
            {
                cluster = (long)element.Unsigned(bytes);
                clusterStart = true;
            }
            else if (element.Id == MatroskaIds.SimpleBlock)
            {
                var data = element.Data(bytes);
                var relative = BinaryPrimitives.ReadInt16BigEndian(data[1..]);
                Assert.InRange(relative, 0, 1999);
                Assert.True(clusterStart || data[3] == 0 || relative == 0, "A key frame starts a cluster.");
                Assert.Equal((byte)read.Count, data[4]);
                read.Add((cluster + relative, data[3] == 0x80));
                clusterStart = false;
            }
        }

        Assert.Equal(expected, read);
    }

    // Hexadecimal up to two spaces; what follows is for the reader.
    private static string Golden(string text) =>
        string.Concat(text.Split('\n').Select(line => line.Trim().Split("  ")[0].Replace(" ", "")));

    internal static (byte[] File, List<int> Ends) Write(EncodedTrack track)
    {
        var file = new ArrayBufferWriter<byte>();
        var ends = new List<int>();
        var writer = new MatroskaWriter(track.Format, Start, file);
        foreach (var frame in track.Frames)
        {
            writer.WriteFrame(frame.At, frame.IsKeyFrame, frame.Data.Span);
            ends.Add(file.WrittenCount);
        }

        return (file.WrittenSpan.ToArray(), ends);
    }

    private static async Task<JsonDocument> ProbeAsync(string path)
    {
        var outcome = await Tool.RunAsync(
            "ffprobe",
            "-v",
            "error",
            "-count_frames",
            "-count_packets",
            "-show_streams",
            "-show_format",
            "-of",
            "json",
            path
        );
        Assert.Equal("", outcome.Errors);
        Assert.Equal(0, outcome.ExitCode);
        return JsonDocument.Parse(outcome.Output);
    }
}
