using EventMeet.Contracts.Messages;

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
    }
}
