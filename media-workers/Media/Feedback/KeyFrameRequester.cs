using EventMeet.Media.Values;

namespace EventMeet.Media.Feedback;

/// <summary>
/// Merges everybody's wishes for a key frame of one layer into few requests to its publisher (RFC 4585 section 6.3.1):
/// at most one per half second, repeated until the key frame comes, given up after ten seconds.
/// </summary>
internal sealed class KeyFrameRequester
{
    private const int MaxRequests = 20;

    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(500);

    private bool _wanted;
    private int _requests;
    private MonotonicTime _earliest = MonotonicTime.Zero;

    /// <summary>Gets a value indicating whether a key frame is waited for.</summary>
    public bool IsWaiting => _wanted;

    /// <summary>Gets the number that the next FIR carries, should FIR be used: the same while a request is repeated (RFC 5104 section 4.3.1.1).</summary>
    public byte CommandNumber { get; private set; }

    /// <summary>Gets when a request is due.</summary>
    public MonotonicTime NextTimeout => _wanted ? _earliest : MonotonicTime.Never;

    /// <summary>Somebody wants a key frame.</summary>
    public void HandleRequest()
    {
        if (!_wanted)
        {
            _wanted = true;
            _requests = 0;
            CommandNumber++;
        }
    }

    /// <summary>Somebody wants a key frame that another engine asks the publisher for: it merges and repeats requests by itself.</summary>
    /// <returns>True when that engine must be told, at most once per half second while no key frame comes.</returns>
    public bool TryPassOn(MonotonicTime now)
    {
        if (_wanted && now < _earliest)
        {
            return false;
        }

        (_wanted, _earliest) = (true, now + Spacing);
        return true;
    }

    /// <summary>A key frame came: everybody is served.</summary>
    public void HandleKeyFrame() => _wanted = false;

    /// <summary>Takes the request that is to be sent now.</summary>
    /// <returns>True at most once per half second.</returns>
    public bool TryTakeRequest(MonotonicTime now)
    {
        if (!_wanted || now < _earliest)
        {
            return false;
        }

        if (_requests == MaxRequests)
        {
            _wanted = false;
            return false;
        }

        _requests++;
        _earliest = now + Spacing;
        return true;
    }
}
