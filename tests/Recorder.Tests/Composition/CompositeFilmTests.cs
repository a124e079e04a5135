using EventMeet.Contracts.Messages;
using EventMeet.Media.Codecs;
using EventMeet.Recorder.Composition;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Containers;
using EventMeet.Recorder.Tests.Fixtures;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Tests.Composition;

public sealed class CompositeFilmTests
{
    [Fact]
    public async Task Shows_and_plays_everybody_from_when_they_come_until_they_leave()
    {
        using var room = new RecordedRoom(4_000);
        var alice = room.Person("Alice");
        var bob = room.Person("Bob", 1_000, 3_000);
        await room.CameraAsync(alice, "red");
        await room.MicrophoneAsync(alice, "sine=frequency=440");
        await room.CameraAsync(bob, "lime", 1_000, 3_000);
        await room.MicrophoneAsync(bob, "sine=frequency=1000", 1_000, 3_000);

        var film = await Film.MakeAsync(room, Film.Spec());

        Assert.Equal(100, film.Frames);
        film.Shows("red", 500, 0.2, 0.5);
        film.Shows("red", 960, 0.8, 0.5);
        film.Shows("red", 1_100, 0.2, 0.5);
        film.Shows("lime", 1_100, 0.8, 0.5);
        film.Shows("lime", 2_960, 0.8, 0.5);
        film.Shows("background", 2_000, 0.5, 0.05);
        film.Shows("red", 3_000, 0.8, 0.5);
        Assert.InRange(film.Tone(440, 0, 4_000), 0.08, 0.2);
        Assert.InRange(film.Tone(1_000, 0, 950), 0, 0.01);
        Assert.InRange(film.Tone(1_000, 1_050, 2_950), 0.08, 0.2);
        Assert.InRange(film.Tone(1_000, 3_050, 4_000), 0, 0.01);
        Assert.Equal(
            [RecordedFileKind.Composite, RecordedFileKind.Poster, RecordedFileKind.ContactSheet],
            film.Made.Files.Select(file => file.Kind)
        );
        Assert.Equal(["h264", "aac"], film.Made.Files[0].Codecs);
        Assert.All(film.Made.Files, file => Assert.True(File.Exists(Path.Combine(room.Folder, file.Name))));
        Assert.False(Directory.Exists(Path.Combine(room.Folder, ".composition")));
    }

    [Fact]
    public async Task Puts_pictures_of_every_codec_into_one_film()
    {
        using var room = new RecordedRoom(2_000);
        (CodecKind Codec, string Colour)[] cameras =
        [
            (CodecKind.Vp8, "red"),
            (CodecKind.Vp9, "lime"),
            (CodecKind.Av1, "blue"),
            (CodecKind.H264, "yellow"),
        ];
        foreach (var (codec, colour) in cameras)
        {
            await room.CameraAsync(room.Person($"{codec}"), colour, codec: codec);
        }

        var film = await Film.MakeAsync(room, Film.Spec());

        foreach (var ms in (int[])[200, 1_000, 1_900])
        {
            film.Shows("red", ms, 0.25, 0.25);
            film.Shows("lime", ms, 0.75, 0.25);
            film.Shows("blue", ms, 0.25, 0.75);
            film.Shows("yellow", ms, 0.75, 0.75);
        }
    }

    [Fact]
    public async Task Shows_a_tile_while_a_camera_is_muted_and_is_silent_while_a_microphone_is()
    {
        TimelineSpan[] muted = [new(1_000, 2_000)];
        using var room = new RecordedRoom(3_000);
        var alice = room.Person("Alice");
        await room.CameraAsync(alice, "red", muted: muted);
        await room.MicrophoneAsync(alice, "sine=frequency=440", muted: muted);

        var film = await Film.MakeAsync(room, Film.Spec(format: CompositeFormat.WebM));

        Assert.Equal(75, film.Frames);
        film.Shows("red", 950, 0.2, 0.2);
        film.Shows("tile", 1_040, 0.2, 0.2);
        film.Shows("tile", 1_950, 0.2, 0.2);
        film.Shows("red", 2_120, 0.2, 0.2);
        Assert.InRange(film.Tone(440, 100, 950), 0.08, 0.2);
        Assert.InRange(film.Tone(440, 1_050, 1_950), 0, 0.01);
        Assert.InRange(film.Tone(440, 2_050, 2_900), 0.08, 0.2);
        Assert.Equal(["vp9", "opus"], film.Made.Files[0].Codecs);
    }

    [Fact]
    public async Task Leaves_pauses_out_and_bridges_outages_with_a_card()
    {
        using var room = new RecordedRoom(6_000) { Pauses = { new(1_000, 2_000) }, Outages = { new(3_000, 4_000) } };
        var alice = room.Person("Alice");
        var before = await Colour("red", 3);
        var after = await Colour("lime", 2);
        var sound = await EncodedTrack.AudioAsync("sine=frequency=440:duration=3", 1);
        var later = await EncodedTrack.AudioAsync("sine=frequency=1000:duration=2", 1);
        // The recorder was replaced: two files per track.
        room.Add(
            alice,
            MediaKind.Video,
            TrackSource.Camera,
            0,
            6_000,
            [],
            [(0, before.Format, before.Frames), (4_000, after.Format, after.Frames)]
        );
        room.Add(
            alice,
            MediaKind.Audio,
            TrackSource.Microphone,
            0,
            6_000,
            [],
            [(0, sound.Format, sound.Frames), (4_000, later.Format, later.Frames)]
        );

        var film = await Film.MakeAsync(room, Film.Spec());

        Assert.Equal(125, film.Frames);
        film.Shows("red", 1_950, 0.5, 0.2);
        film.Shows("background", 2_050, 0.5, 0.2);
        film.Shows("background", 2_950, 0.5, 0.2);
        film.Shows("lime", 3_080, 0.5, 0.2);
        Assert.InRange(film.Tone(440, 0, 1_950), 0.08, 0.2);
        Assert.InRange(film.Tone(440, 2_050, 2_950), 0, 0.01);
        Assert.InRange(film.Tone(1_000, 3_050, 4_950), 0.08, 0.2);
    }

    [Theory]
    [InlineData(CompositeFormat.Mp4)]
    [InlineData(CompositeFormat.WebM)]
    public async Task Keeps_a_beep_and_a_flash_within_forty_milliseconds(CompositeFormat format)
    {
        using var room = new RecordedRoom(6_000) { Pauses = { new(2_350, 3_350) } };
        var alice = room.Person("Alice");
        // A flash and a beep of a fifth of a second at the start of each second, 300 ms after the recording's start.
        await room.VideoAsync(
            alice,
            "color=c=white:size=160x90:rate=25,drawbox=color=black:t=fill:enable=gte(mod(t\\,1)\\,0.2)",
            300,
            6_000,
            []
        );
        await room.MicrophoneAsync(alice, "aevalsrc=0.5*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.2):s=48000", 300);

        var film = await Film.MakeAsync(room, Film.Spec(format: format));

        var flashes = film.Flashes();
        var beeps = film.Beeps();
        // Until the pause at 0.3, 1.3 and 2.3 s; behind it, a second earlier than recorded.
        Assert.Equal(5, flashes.Count);
        Assert.Equal(flashes.Count, beeps.Count);
        Assert.All(flashes.Zip(beeps), pair => Assert.InRange(pair.First - pair.Second, -40, 40));
        Assert.All(
            flashes.Zip([300.0, 1_300, 2_300, 3_300, 4_300]),
            pair => Assert.InRange(pair.First - pair.Second, -40, 40)
        );
    }

    [Fact]
    public async Task Shows_a_shared_screen_large_and_the_speaker_large_where_that_is_wanted()
    {
        using var room = new RecordedRoom(4_000);
        var alice = room.Person("Alice");
        var bob = room.Person("Bob");
        await room.CameraAsync(alice, "red");
        await room.CameraAsync(bob, "lime");
        await room.CameraAsync(alice, "blue", 2_000, source: TrackSource.ScreenShare, codec: CodecKind.H264);
        room.Speakers.Add(new(bob, 0, 4_000));

        var shared = await Film.MakeAsync(room, Film.Spec(CompositeLayout.ScreenShare));
        var speaker = await Film.MakeAsync(room, Film.Spec(CompositeLayout.Speaker));

        shared.Shows("red", 1_900, 0.2, 0.5);
        shared.Shows("lime", 1_900, 0.8, 0.5);
        shared.Shows("blue", 2_100, 0.4, 0.5);
        shared.Shows("red", 2_100, 0.9, 0.4);
        shared.Shows("lime", 2_100, 0.9, 0.6);
        speaker.Shows("lime", 1_900, 0.4, 0.5);
        speaker.Shows("red", 1_900, 0.9, 0.5);
        speaker.Shows("blue", 2_100, 0.4, 0.5);
    }

    [Fact]
    public async Task Makes_what_can_be_made_of_files_that_are_cut_off_or_broken()
    {
        using var room = new RecordedRoom(3_000);
        var alice = room.Person("Alice");
        var bob = room.Person("Bob");
        await room.VideoAsync(alice, "testsrc2=size=160x90:rate=25", 0, 3_000, []);
        await room.MicrophoneAsync(alice, "sine=frequency=440");
        await room.CameraAsync(bob, "lime");
        var camera = Path.Combine(room.Folder, room.Timeline.Tracks[0].Files[0].Name);
        var voice = Path.Combine(room.Folder, room.Timeline.Tracks[1].Files[0].Name);
        var bytes = await File.ReadAllBytesAsync(camera, TestContext.Current.CancellationToken);
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 3, 2_000));
        await File.WriteAllBytesAsync(camera, bytes[..(bytes.Length * 2 / 3)], TestContext.Current.CancellationToken);
        bytes = await File.ReadAllBytesAsync(voice, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(voice, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);

        var film = await Film.MakeAsync(room, Film.Spec());

        Assert.Equal(75, film.Frames);
        film.Shows("lime", 2_900, 0.8, 0.5);
        Assert.InRange(film.Tone(440, 0, 1_000), 0.08, 0.2);
        Assert.InRange(film.Tone(440, 2_000, 3_000), 0, 0.01);
        Assert.True(film.Made.Notes.Count == 2, string.Join("\n", film.Made.Notes));
        Assert.All(
            room.Timeline.Tracks.Take(2),
            track =>
                Assert.Contains(film.Made.Notes, note => note.Contains(track.Files[0].Name, StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Follows_a_picture_that_changes_its_size_and_does_not_distort_it()
    {
        using var room = new RecordedRoom(3_000);
        var alice = room.Person("Alice");
        var wide = await Colour("red", 1);
        var tall = await EncodedTrack.VideoAsync(CodecKind.Vp8, "color=c=lime:size=90x160:rate=25:duration=1", 25);
        var large = await EncodedTrack.VideoAsync(CodecKind.Vp8, "color=c=blue:size=640x360:rate=25:duration=1", 25);
        room.Add(
            alice,
            MediaKind.Video,
            TrackSource.Camera,
            0,
            3_000,
            [],
            [
                (
                    0,
                    wide.Format,
                    [
                        .. wide.Frames,
                        .. tall.Frames.Select(frame => frame with { At = frame.At + TimeSpan.FromSeconds(1) }),
                        .. large.Frames.Select(frame => frame with { At = frame.At + TimeSpan.FromSeconds(2) }),
                    ]
                ),
            ]
        );

        var film = await Film.MakeAsync(room, Film.Spec());

        film.Shows("red", 900, 0.05, 0.05);
        film.Shows("lime", 1_500, 0.5, 0.05);
        film.Shows("black", 1_500, 0.2, 0.5);
        film.Shows("blue", 2_500, 0.05, 0.05);
    }

    [Fact]
    public async Task Writes_names_whatever_they_are_and_finds_room_for_twenty_five()
    {
        string[] names =
        [
            "%{localtime}:x=0",
            "a',drawbox=color=red:t=fill,drawtext=text='b",
            "\\\\':[in];movie=/etc/passwd[x]",
            "名前 אבג Ğ",
            "line\nbreak\u202Ereversed",
            new string('W', 500),
            "\0\u0001",
            "= ; # \\ [CHAPTER]",
        ];
        using var room = new RecordedRoom(1_000);
        for (var person = 0; person < 25; person++)
        {
            var id = room.Person(person < names.Length ? names[person] : $"Person {person}");
            await room.MicrophoneAsync(id, $"sine=frequency={300 + person * 50}");
            if (person % 3 == 0)
            {
                await room.CameraAsync(id, "lime");
            }

            room.Speakers.Add(new(id, person * 40, person * 40 + 40));
        }

        room.Speakers.Clear();
        room.Speakers.Add(new(room.Timeline.Participants[7].Id, 0, 6_000));
        var film = await Film.MakeAsync(room, Film.Spec(width: 640, height: 360, showNames: true));

        Assert.Equal(25, film.Frames);
        film.Shows("lime", 500, 0.1, 0.05);
        film.Shows("tile", 500, 0.3, 0.03);
        // Nothing was drawn but letters: the tile of the second name has its colour in all corners.
        film.Shows("tile", 500, 0.23, 0.17);
        Assert.InRange(film.Sound.Max(), 0.5f, 1.05f);
        Assert.All(
            Enumerable.Range(0, 25),
            person => Assert.InRange(film.Tone(300 + person * 50, 100, 900), 0.01, 0.2)
        );
        var chapters = await Tool.RunAsync("ffprobe", "-v", "error", "-show_chapters", "-of", "csv", film.Path);
        Assert.Contains(
            "= ; # \\ [CHAPTER]",
            System.Text.Encoding.UTF8.GetString(chapters.Output),
            StringComparison.Ordinal
        );
        Assert.Contains(film.Made.Files, file => file.Kind == RecordedFileKind.Chapters);
    }

    [Fact]
    public async Task Makes_sound_alone()
    {
        using var room = new RecordedRoom(2_000) { Pauses = { new(500, 1_000) } };
        var alice = room.Person("Alice");
        await room.CameraAsync(alice, "red");
        await room.MicrophoneAsync(alice, "sine=frequency=440");

        var film = await Film.MakeAsync(room, Film.Spec(format: CompositeFormat.M4a));

        Assert.Equal(["aac"], film.Made.Files[0].Codecs);
        Assert.Equal("audio/mp4", film.Made.Files[0].ContentType);
        Assert.InRange(film.Made.Files[0].Duration!.Value.TotalSeconds, 1.46, 1.54);
        Assert.InRange(film.Tone(440, 100, 1_400), 0.08, 0.2);
    }

    [Fact]
    public async Task Says_why_there_is_no_film()
    {
        using var empty = new RecordedRoom(2_000);
        empty.Person("Alice");
        using var paused = new RecordedRoom(2_000) { Pauses = { new(0, 2_000) } };
        await paused.CameraAsync(paused.Person("Alice"), "red");
        using var missing = new RecordedRoom(2_000);
        await missing.CameraAsync(missing.Person("Alice"), "red");
        File.Delete(Path.Combine(missing.Folder, missing.Timeline.Tracks[0].Files[0].Name));

        Assert.Equal(CompositeFault.NothingRecorded, await FaultAsync(empty, Film.Spec()));
        Assert.Equal(CompositeFault.NothingRecorded, await FaultAsync(paused, Film.Spec()));
        Assert.Equal(CompositeFault.FileMissing, await FaultAsync(missing, Film.Spec()));
        Assert.Equal(CompositeFault.BadSpec, await FaultAsync(missing, Film.Spec(width: 161)));
        Assert.Equal(CompositeFault.BadSpec, await FaultAsync(missing, Film.Spec() with { Background = "red" }));
    }

    [Fact]
    public async Task Ends_all_programs_and_leaves_nothing_behind_when_it_is_cancelled()
    {
        using var room = new RecordedRoom(60_000);
        var alice = room.Person("Alice");
        await room.CameraAsync(alice, "red", toMs: 1_000);
        await room.MicrophoneAsync(alice, "sine=frequency=440", toMs: 1_000);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var progress = new Steps(percent =>
        {
            if (percent > 20)
            {
                cancel.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new CompositeMaker(new(), TimeProvider.System).MakeAsync(
                room.Folder,
                room.Timeline,
                Film.Spec(),
                progress,
                cancel.Token
            )
        );

        Assert.Equal(progress.All.Order(), progress.All);
        Assert.Equal(2, Directory.GetFileSystemEntries(room.Folder).Length);
    }

    private static Task<EncodedTrack> Colour(string colour, int seconds) =>
        EncodedTrack.VideoAsync(CodecKind.Vp8, $"color=c={colour}:size=160x90:rate=25:duration={seconds}", 25);

    private static async Task<CompositeFault> FaultAsync(RecordedRoom room, CompositeSpec spec)
    {
        var failed = Assert.IsType<CompositeFailed>(await Film.ResultAsync(room, spec));
        Assert.NotEmpty(failed.Reason);
        return failed.Fault;
    }

    private sealed class Steps(Action<double> handle) : IProgress<double>
    {
        public List<double> All { get; } = [];

        public void Report(double value)
        {
            All.Add(value);
            handle(value);
        }
    }
}
