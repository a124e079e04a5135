using EventMeet.Media.Values;

namespace EventMeet.Media.Dtls;

/// <summary>
/// The flight sent last, and when it is sent again (RFC 6347 section 4.2.4). OpenSSL's own timer reads the time of day
/// and cannot be driven; this one lives on the engine's time.
/// </summary>
internal sealed class DtlsFlight
{
    // RFC 6347 section 4.2.4.1 recommends 1 s and allows less where it is known to be safe: a handshake is two round
    // trips and 3 KB. libwebrtc begins with 50 ms.
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private byte[] _datagrams = [];
    private TimeSpan _wait;

    /// <summary>Gets when it is sent again; never when there is nothing to send.</summary>
    public MonotonicTime NextAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets the datagrams, each after its 16-bit length.</summary>
    public ReadOnlySpan<byte> Datagrams => _datagrams;

    /// <summary>Replaces the flight: the peer has answered the one before.</summary>
    public void Start(ReadOnlySpan<byte> datagrams, MonotonicTime now)
    {
        _datagrams = datagrams.ToArray();
        _wait = FirstWait;
        NextAt = now + _wait;
    }

    /// <summary>Is it to be sent again? If so the next wait is twice as long.</summary>
    public bool TryAdvance(MonotonicTime now)
    {
        if (now < NextAt)
        {
            return false;
        }

        _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
        NextAt = now + _wait;
        return true;
    }

    /// <summary>Ends it: nothing is sent again.</summary>
    public void Stop()
    {
        _datagrams = [];
        NextAt = MonotonicTime.Never;
    }
}
