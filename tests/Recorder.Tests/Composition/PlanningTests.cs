using System.Text;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Drawing;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Composition.Sound;
using EventMeet.Recorder.Timeline;
using FsCheck;
using FsCheck.Xunit;

namespace EventMeet.Recorder.Tests.Composition;

public sealed class PlanningTests
{
    [Property(MaxTest = 300)]
    public void Cells_never_overlap_never_leave_the_canvas_and_are_even(uint width, uint height, uint people)
    {
        var (canvasWidth, canvasHeight) = ((int)(160 + width % 3_681) & ~1, (int)(90 + height % 2_071) & ~1);
        var capacity = SceneGeometry.StripCapacity(canvasWidth, canvasHeight);
        Assert.True(capacity > 0);
        var count = 1 + (int)(people % SceneGeometry.MaxCells);
        foreach (
            var cells in new[]
            {
                SceneGeometry.Grid(canvasWidth, canvasHeight, count),
                SceneGeometry.MainAndStrip(canvasWidth, canvasHeight, Math.Min(count, capacity + 1)),
            }
        )
        {
            var canvas = new PixelRect(0, 0, canvasWidth, canvasHeight);
            Assert.All(
                cells,
                cell =>
                {
                    Assert.True(cell is { X: >= 0, Y: >= 0, Width: >= 2, Height: >= 2 }, $"{cell}");
                    Assert.True(cell.Right <= canvas.Right && cell.Bottom <= canvas.Bottom, $"{cell}");
                    Assert.Equal(0, (cell.X | cell.Y | cell.Width | cell.Height) & 1);
                    Assert.DoesNotContain(cells, other => other != cell && other.Overlaps(cell));
                }
            );
            Assert.Equal(cells.Count, cells.Distinct().Count());
        }
    }

    [Theory]
    [InlineData(2, 2, 1)]
    [InlineData(4, 2, 2)]
    [InlineData(9, 3, 3)]
    [InlineData(16, 4, 4)]
    [InlineData(25, 5, 5)]
    public void A_grid_is_nearly_square(int people, int columns, int rows)
    {
        var cells = SceneGeometry.Grid(1280, 720, people);
        Assert.Equal(columns, cells.Select(cell => cell.X).Distinct().Count());
        Assert.Equal(rows, cells.Select(cell => cell.Y).Distinct().Count());
    }

    [Property(MaxTest = 200)]
    public void Scenes_fill_the_film_and_show_everybody_who_is_there(int seed)
    {
        var timeline = RandomTimeline(new(seed));
        foreach (var layout in Enum.GetValues<CompositeLayout>())
        {
            var plan = CompositePlan.Make(timeline, Film.Spec(layout, width: 1280, height: 720));
            var frame = 0;
            foreach (var scene in plan.Scenes)
            {
                Assert.Equal(frame, scene.FromFrame);
                Assert.True(scene.ToFrame > scene.FromFrame);
                frame = scene.ToFrame;
                CheckScene(timeline, plan, scene, layout);
            }

            Assert.Equal(plan.Clock.Frames, frame);
            Assert.All(plan.Pictures, planned => Assert.NotEmpty(planned.Sizes));
        }
    }

    private static void CheckScene(RecordingTimeline timeline, CompositePlan plan, Scene scene, CompositeLayout layout)
    {
        var ms = (long)Math.Round(plan.Clock.TimelineMsOf(scene.FromFrame));
        Assert.DoesNotContain(timeline.Pauses, pause => pause.Contains(ms - 40) && pause.Contains(ms + 40));
        if (scene.IsOutage)
        {
            return;
        }

        // A frame is put where it is nearest: what changes within it may count or not.
        bool Surely(long at) =>
            timeline.Tracks.All(track =>
                Math.Abs(track.Published.FromMs - at) > 40 && Math.Abs(track.Published.ToMs - at) > 40
            );
        var there = timeline
            .Tracks.Where(track => track.Published.Contains(ms))
            .Select(track => track.Participant)
            .ToHashSet();
        if (Surely(ms) && layout == CompositeLayout.Grid)
        {
            Assert.Equal(
                there.Count,
                scene.Cells.Where(cell => !cell.IsScreen).Select(cell => cell.Participant).Distinct().Count()
            );
            Assert.All(scene.Cells, cell => Assert.Contains(cell.Participant, there));
        }
    }

    private static RecordingTimeline RandomTimeline(System.Random random)
    {
        var length = random.Next(1, 20_000);
        TimelineSpan Span()
        {
            var from = random.Next(0, length);
            return new(from, random.Next(from, length + 1));
        }

        List<TimelineSpan> Spans(int most)
        {
            var cuts = Enumerable
                .Range(0, random.Next(0, most + 1) * 2)
                .Select(_ => (long)random.Next(0, length))
                .Order();
            return
            [
                .. cuts.Chunk(2).Where(pair => pair[1] > pair[0]).Select(pair => new TimelineSpan(pair[0], pair[1])),
            ];
        }

        var tracks = Enumerable
            .Range(0, random.Next(0, 20))
            .Select(track =>
            {
                var published = Span();
                var kind = (MediaKind)random.Next(2);
                return new TimelineTrack
                {
                    Id = new($"track_{track}"),
                    Participant = new($"part_{random.Next(12)}"),
                    Kind = kind,
                    Source = kind == MediaKind.Audio ? TrackSource.Microphone : (TrackSource)random.Next(4),
                    Codec = "VP8",
                    Published = published,
                    Files = [new() { Name = "x", FromMs = published.FromMs }],
                    Segments = kind == MediaKind.Video ? [published] : [],
                    Muted = Spans(3),
                };
            })
            .ToList();
        return new()
        {
            Recording = new("rec_1"),
            Room = new("room_1"),
            StartedAt = DateTimeOffset.UnixEpoch,
            LengthMs = length,
            Tracks = tracks,
            Participants =
            [
                .. Enumerable
                    .Range(0, 12)
                    .Select(person => new TimelineParticipant { Id = new($"part_{person}"), Identity = $"{person}" }),
            ],
            Speakers =
            [
                .. Spans(5).Select(span => new TimelineSpeaker(new($"part_{random.Next(12)}"), span.FromMs, span.ToMs)),
            ],
            Pauses = Spans(3),
            Outages = Spans(1),
        };
    }

    [Property]
    public void Every_frame_has_its_place_on_the_timeline(ushort length, ushort pauseFrom, ushort pauseLength)
    {
        var clock = new FilmClock(length, [new(pauseFrom, pauseFrom + pauseLength)], 30);
        var last = -1.0;
        for (var frame = 0; frame < clock.Frames; frame++)
        {
            var ms = clock.TimelineMsOf(frame);
            Assert.True(ms > last);
            Assert.InRange(clock.FrameAt(clock.ToFilm((long)Math.Round(ms))), frame - 1, frame + 1);
            last = ms;
        }

        Assert.Equal(clock.Frames * 1_600, clock.Samples);
    }

    [Property]
    public void A_name_becomes_one_line_of_at_most_forty_characters(NonNull<string> name)
    {
        var clean = DisplayNames.Clean(name.Get);
        Assert.DoesNotContain(clean, char.IsControl);
        Assert.InRange(new System.Globalization.StringInfo(clean).LengthInTextElements, 0, 41);
        Assert.Equal(clean.Trim(), clean);
    }

    [Property]
    public void No_name_gets_into_an_argument_or_out_of_its_chapter(NonNull<string> name)
    {
        var text = "\u0394=;#\\\n[CHAPTER]" + name.Get;
        var chapters = Chapter.ToFfmetadata([new(0, 1, DisplayNames.Clean(text))]);
        Assert.Equal(6, chapters.TrimEnd('\n').Split('\n').Length);
        var title = chapters.Split("title=")[1].TrimEnd('\n');
        for (var position = 0; position < title.Length; position++)
        {
            position += title[position] == '\\' ? 1 : 0;
            Assert.True(title[position] is not ('=' or ';' or '#') || title[position - 1] == '\\');
        }

        var vtt = Chapter.ToWebVtt([new(0, 1, DisplayNames.Clean(text + "-->"))]);
        Assert.Equal(1, vtt.Split("-->").Length - 1);
    }

    [Fact]
    public void Who_only_interjects_is_not_shown_as_the_speaker()
    {
        ParticipantId alice = new("part_a");
        ParticipantId bob = new("part_b");
        var turns = new SpeakerTurns(
            [new(alice, 100, 4_000), new(bob, 4_000, 4_500), new(alice, 4_600, 6_000), new(bob, 7_000, 9_000)],
            20_000,
            1_000
        );

        Assert.Equal([new(alice, 100, 7_000), new(bob, 7_000, 20_000)], turns.Turns);
        Assert.Equal([bob, alice], turns.LatestFirst(8_000));
    }

    [Fact]
    public void Sound_follows_a_drifting_clock_without_gaps_and_keeps_real_ones()
    {
        var placement = new SoundPlacement();
        long end = 0;
        for (var packet = 0; packet < 5_000; packet++)
        {
            // 300 parts per million fast, with a millisecond of jitter.
            var at = packet * 960L + packet * 960L * 3 / 10_000 + packet % 3 * 24;
            var placed = placement.Place(at, 960);
            Assert.True(packet == 0 || placed.AtSample == end);
            Assert.InRange(placed.AtSample - at, -480, 480);
            Assert.InRange(placed.Samples, 955, 965);
            end = placed.AtSample + placed.Samples;
        }

        Assert.Equal(new(end + 20_000, 960, 0), placement.Place(end + 20_000, 960));
        Assert.Equal(new(end + 20_960, 160, 800), placement.Place(end + 20_160, 960));
        Assert.Equal(0, placement.Place(end, 960).Samples);
    }

    [Theory]
    [InlineData(
        "[Parsed_showinfo_2 @ 0x5] [info] n:   1 pts:     33 pts_time:0.033   pos: 3 fmt:yuv420p sar:1/1 s:640x360 i:P",
        33,
        640,
        360
    )]
    [InlineData("[Parsed_showinfo_2 @ 0x5] [info] n:   1 pts:   NOPTS pts_time:NOPTS s:640x360 i:P", -1, 0, 0)]
    [InlineData("[Parsed_showinfo_2 @ 0x5] [info] n:   1 pts: 3 s:99999999999x1 i:P", -1, 0, 0)]
    [InlineData("[Parsed_showinfo_2 @ 0x5] [info] config in time_base: 1/1000, frame_rate: 30/1", -1, 0, 0)]
    public void Reads_what_a_decoder_says_of_a_picture(string line, int ms, int width, int height)
    {
        Assert.Equal(ms >= 0, DecoderLine.TryReadPicture(Encoding.UTF8.GetBytes(line), out var picture));
        Assert.Equal(ms >= 0 ? new PictureLine(ms, width, height) : default, picture);
    }

    [Fact]
    public void Tells_the_decoder_the_size_for_each_time()
    {
        Assert.Equal(
            "0.0000-1.0000 [enter] scale@cell w 640, [enter] scale@cell h 360, [leave] scale@cell w 64, [leave] scale@cell h 64;\n",
            TrackPictures.SizeCommands([new(0, 500, 2, 2), new(800, 2_000, 640, 360)], 1_000)
        );
    }

    [Theory]
    // Four letters of three columns each, a column apart; the ellipsis is four columns, a margin of two on either side.
    [InlineData(20, 18, false)]
    [InlineData(16, 16, true)]
    public void Ends_a_line_that_does_not_fit_with_an_ellipsis_behind_a_whole_letter(
        int stride,
        int width,
        bool hasEllipsis
    )
    {
        const int Height = 2;
        const byte Dot = 100;
        var ellipsis = new NameLabel(
            8,
            Height,
            [.. Enumerable.Repeat<byte[]>([0, 0, Dot, Dot, Dot, Dot, 0, 0], Height).SelectMany(row => row)]
        );
        var row = Enumerable.Range(0, stride).Select(x => x is >= 2 and < 17 && (x - 2) % 4 < 3 ? (byte)255 : (byte)0);
        var drawn = Enumerable.Repeat(row.ToArray(), Height).SelectMany(same => same).ToArray();

        var label = NameLabel.Cut(stride, Height, drawn, 2, ellipsis);

        Assert.Equal((width, hasEllipsis), (label.Width, label.Row(0).Contains(Dot)));
    }
}
