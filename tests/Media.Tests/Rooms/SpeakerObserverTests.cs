using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Rooms;

/// <summary>Who is taken to speak, told by levels every 20 ms on virtual time.</summary>
public sealed class SpeakerObserverTests
{
    private readonly SpeakerObserver _observer = new();
    private readonly SpeakerObserver.Voice _ada = new("Ada");
    private readonly SpeakerObserver.Voice _bob = new("Bob");
    private MonotonicTime _now = new(1_000_000);

    [Fact]
    public void Speech_is_noticed_within_half_a_second_and_a_click_is_not()
    {
        Hear(ada: 127, bob: 127, milliseconds: 1000);
        Hear(ada: 20, bob: 127, milliseconds: 40);
        Hear(ada: 127, bob: 127, milliseconds: 1000);
        Assert.False(_ada.IsSpeaking);

        Hear(ada: 25, bob: 127, milliseconds: 700);
        Assert.True(_ada.IsSpeaking);
        Assert.Equal(_ada, _observer.Dominant);
    }

    [Fact]
    public void A_pause_between_words_does_not_end_speech_and_silence_does()
    {
        Hear(ada: 25, bob: 127, milliseconds: 1000);
        Hear(ada: 100, bob: 127, milliseconds: 500);
        Assert.True(_ada.IsSpeaking);

        Hear(ada: 100, bob: 127, milliseconds: 2500);
        Assert.False(_ada.IsSpeaking);
        Assert.Equal(_ada, _observer.Dominant);
        Assert.Equal(MonotonicTime.Never, _observer.NextTimeout);
    }

    [Fact]
    public void The_floor_is_kept_against_a_short_interruption_and_lost_to_a_longer_one()
    {
        Hear(ada: 30, bob: 127, milliseconds: 2000);
        Hear(ada: 30, bob: 10, milliseconds: 400);
        Hear(ada: 30, bob: 127, milliseconds: 1500);
        Assert.Equal(_ada, _observer.Dominant);

        Hear(ada: 30, bob: 10, milliseconds: 2500);
        Assert.Equal(_bob, _observer.Dominant);
    }

    [Fact]
    public void Two_of_the_same_loudness_do_not_take_the_floor_from_each_other()
    {
        Hear(ada: 30, bob: 127, milliseconds: 1000);
        var changes = Hear(ada: 30, bob: 29, milliseconds: 10_000);

        Assert.Equal(_ada, _observer.Dominant);
        Assert.Equal(1, changes); // Bob began to speak
    }

    [Fact]
    public void A_sender_that_stops_sending_has_fallen_silent()
    {
        Hear(ada: 25, bob: 127, milliseconds: 1000);
        Hear(ada: null, bob: 127, milliseconds: 3000);

        Assert.False(_ada.IsSpeaking);
    }

    [Fact]
    public void Whoever_is_forgotten_has_no_floor()
    {
        Hear(ada: 25, bob: 127, milliseconds: 1000);
        _observer.Forget(_ada);

        Assert.Null(_observer.Dominant);
        Assert.False(_ada.IsSpeaking);
    }

    private int Hear(byte? ada, byte bob, int milliseconds)
    {
        var changes = 0;
        for (
            var end = _now + TimeSpan.FromMilliseconds(milliseconds);
            _now < end;
            _now += TimeSpan.FromMilliseconds(20)
        )
        {
            if (ada is { } level)
            {
                _observer.HandleLevel(_ada, new AudioLevel(level, IsVoice: level < 80), _now);
            }

            _observer.HandleLevel(_bob, new AudioLevel(bob, IsVoice: bob < 80), _now);
            changes += _now >= _observer.NextTimeout && _observer.Advance([_ada, _bob], _now) ? 1 : 0;
        }

        return changes;
    }
}
