namespace EventMeet.Media.Dtls;

/// <summary>Which of the newest 64 sequence numbers were received (RFC 6347 section 4.1.2.6).</summary>
internal struct DtlsReplayWindow
{
    private const int Size = 64;

    // The bit of weight 2^n is the number n below the newest.
    private ulong _received;
    private ulong _newest;

    /// <summary>Is the number neither received nor too old to tell?</summary>
    public readonly bool IsFresh(ulong number)
    {
        if (number > _newest || _received == 0)
        {
            return true;
        }

        var age = _newest - number;
        return age < Size && (_received & (1UL << (int)age)) == 0;
    }

    /// <summary>Notes a number whose record was authentic.</summary>
    public void Note(ulong number)
    {
        if (number > _newest || _received == 0)
        {
            var step = number - _newest;
            _received = step < Size ? (_received << (int)step) | 1 : 1;
            _newest = number;
            return;
        }

        _received |= 1UL << (int)(_newest - number);
    }
}
