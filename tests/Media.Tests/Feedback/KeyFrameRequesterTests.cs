using EventMeet.Media.Feedback;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Feedback;

public sealed class KeyFrameRequesterTests
{
    private static readonly TimeSpan HalfASecond = TimeSpan.FromMilliseconds(500);

    private readonly KeyFrameRequester _requester = new();
    private MonotonicTime _now = new(7_000_000);

    [Fact]
    public void Many_wishes_become_one_request()
    {
        Assert.False(_requester.TryTakeRequest(_now));
        _requester.HandleRequest();
        _requester.HandleRequest();
        Assert.True(_requester.TryTakeRequest(_now));
        _requester.HandleRequest();
        Assert.False(_requester.TryTakeRequest(_now));
        _requester.HandleKeyFrame();
        Assert.False(_requester.IsWaiting);
        Assert.Equal(MonotonicTime.Never, _requester.NextTimeout);
        Assert.Equal(1, _requester.CommandNumber);
    }

    [Fact]
    public void Is_repeated_every_half_second_until_given_up_after_ten()
    {
        var begin = _now;
        _requester.HandleRequest();
        var count = 0;
        while (_requester.NextTimeout != MonotonicTime.Never)
        {
            _now = _requester.NextTimeout > _now ? _requester.NextTimeout : _now;
            count += _requester.TryTakeRequest(_now) ? 1 : 0;
        }

        Assert.Equal(20, count);
        Assert.Equal(TimeSpan.FromSeconds(10), _now - begin);

        _requester.HandleRequest();
        Assert.True(_requester.TryTakeRequest(_now));
        Assert.Equal(2, _requester.CommandNumber);
    }

    [Fact]
    public void A_new_wish_waits_for_the_end_of_the_half_second()
    {
        _requester.HandleRequest();
        Assert.True(_requester.TryTakeRequest(_now));
        _requester.HandleKeyFrame();
        _requester.HandleRequest();
        Assert.Equal(_now + HalfASecond, _requester.NextTimeout);
        Assert.False(_requester.TryTakeRequest(_now));
        Assert.True(_requester.TryTakeRequest(_now + HalfASecond));
    }
}
