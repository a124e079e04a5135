using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Tests.Fixtures;
using EventMeet.Recorder.Timeline;
using EventMeet.Recorder.Verification;

namespace EventMeet.Recorder.Tests.Composition;

public sealed class VerifierTests
{
    private static readonly TimeSpan Two = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Passes_a_film_as_ordered_and_says_all_that_is_wrong_with_another()
    {
        using var scratch = new Scratch();
        var spec = Film.Spec();
        var good = await MakeAsync(scratch["good.mp4"], 320, 25, 2);
        var other = await MakeAsync(scratch["other.mp4"], 160, 10, 1);
        var broken = scratch.Write("broken.mp4", await ReadAsync(good));
        await using (var file = File.OpenWrite(broken))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[file.Length / 3]);
        }

        Assert.Empty((await VerifyAsync(good, spec)).Reasons);
        var verdict = await VerifyAsync(other, spec);
        Assert.Equal(3, verdict.Reasons.Count);
        Assert.False((await VerifyAsync(broken, spec)).IsSound);
        Assert.False((await VerifyAsync(good, spec with { Format = CompositeFormat.WebM })).IsSound);
        Assert.False(
            (await VerifyAsync(scratch.Write("cut.mp4", (await ReadAsync(good)).AsSpan(0, 4_000)), spec)).IsSound
        );
        Assert.False((await VerifyAsync(scratch.Write("none.mp4", []), spec)).IsSound);
        Assert.False((await VerifyAsync(scratch["missing.mp4"], spec)).IsSound);
    }

    [Fact]
    public async Task Passes_a_track_s_file_as_recorded_and_no_other()
    {
        using var room = new RecordedRoom(3_000);
        var alice = room.Person("Alice");
        await room.VideoAsync(alice, "testsrc2=size=160x90:rate=25", 0, 3_000, []);
        await room.MicrophoneAsync(alice, "sine=frequency=440");
        foreach (var track in room.Timeline.Tracks)
        {
            var file = track.Files[0];
            var path = Path.Combine(room.Folder, file.Name);

            var verdict = await VerifyAsync(path, track, file);
            Assert.Empty(verdict.Reasons);
            Assert.Empty((await VerifyAsync(path, track, file with { Sha256 = verdict.Sha256 })).Reasons);
            Assert.Single((await VerifyAsync(path, track, file with { Sha256 = "00" })).Reasons);

            var bytes = await ReadAsync(path);
            await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)], TestContext.Current.CancellationToken);
            Assert.InRange((await VerifyAsync(path, track, file)).Reasons.Count, 2, 4);
        }
    }

    private static Task<Verdict> VerifyAsync(string path, CompositeSpec spec) =>
        new CompositeVerifier(new CompositionOptions()).VerifyAsync(
            path,
            spec,
            Two,
            TestContext.Current.CancellationToken
        );

    private static Task<Verdict> VerifyAsync(string path, TimelineTrack track, TimelineFile file) =>
        new TrackFileVerifier(new CompositionOptions()).VerifyAsync(
            path,
            track,
            file,
            TestContext.Current.CancellationToken
        );

    private static Task<byte[]> ReadAsync(string path) =>
        File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

    private static async Task<string> MakeAsync(string path, int width, int rate, int seconds)
    {
        await Tool.FfmpegAsync(
            "-f",
            "lavfi",
            "-i",
            $"testsrc2=size={width}x180:rate={rate}:duration={seconds}",
            "-f",
            "lavfi",
            "-i",
            $"sine=frequency=440:sample_rate=48000:duration={seconds}",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-c:a",
            "aac",
            "-ac",
            "2",
            path
        );
        return path;
    }
}
