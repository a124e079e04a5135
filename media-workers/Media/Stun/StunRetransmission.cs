using EventMeet.Media.Values;

namespace EventMeet.Media.Stun;

/// <summary>When a request over UDP is sent again (RFC 8489 section 6.2.1); a value that its owner keeps.</summary>
internal struct StunRetransmission
{
    private const int MaxRequests = 7; // Rc
    private const int LastWaitFactor = 16; // Rm

    // RFC 8489 section 6.2.1 and RFC 8445 section 14.3: 500 ms while the round trip is unknown.
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);

    private int _sent;

    /// <summary>Gets when to look again; never before the first request.</summary>
    public MonotonicTime NextAt { get; private set; }

    /// <summary>Gets a value indicating whether the last wait is over too.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Begins: the first request is due at once.</summary>
    public static StunRetransmission StartAt(MonotonicTime now) => new() { NextAt = now };

    /// <summary>Moves on to now; true when a request is to be sent.</summary>
    public bool TryAdvance(MonotonicTime now)
    {
        if (now < NextAt || IsExhausted)
        {
            return false;
        }

        if (_sent == MaxRequests)
        {
            IsExhausted = true;
            NextAt = MonotonicTime.Never;
            return false;
        }

        var factor = ++_sent == MaxRequests ? LastWaitFactor : 1 << (_sent - 1);
        NextAt = now + (FirstWait * factor);
        return true;
    }
}
