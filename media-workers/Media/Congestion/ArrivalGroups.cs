namespace EventMeet.Media.Congestion;

/// <summary>
/// Puts packets into groups that left within 5 ms, and tells how much later than it left each group arrived, compared with
/// the one before (draft-ietf-rmcat-gcc-02 section 5.2). All times in microseconds.
/// </summary>
internal sealed class ArrivalGroups
{
    private const long GroupLength = 5_000;

    // Packets that arrive this close together, later than they left, were held up together (section 5.2, "burst").
    private const long BurstGap = 5_000;
    private const long LongestBurst = 100_000;

    // So many groups in a row that arrive before their forerunners: the receiver's clock went back.
    private const int MaxReordered = 3;

    private Group _previous;
    private Group _current;
    private int _known;
    private int _reordered;

    /// <summary>Forgets everything.</summary>
    public void Reset() => (_known, _reordered) = (0, 0);

    /// <summary>Takes a packet, in the order of sending; one that is out of order is left out.</summary>
    /// <param name="sent">When it left, our clock.</param>
    /// <param name="arrival">When it arrived, the receiver's clock.</param>
    /// <param name="sentDelta">How long after the group before it the completed group left.</param>
    /// <param name="arrivalDelta">How long after it, it arrived.</param>
    /// <returns>True when this packet completes a group and there was one before.</returns>
    public bool TryComplete(long sent, long arrival, out long sentDelta, out long arrivalDelta)
    {
        (sentDelta, arrivalDelta) = (0, 0);
        if (_known == 0)
        {
            Begin(sent, arrival);
            return false;
        }

        if (sent < _current.FirstSent)
        {
            return false;
        }

        if (sent - _current.FirstSent <= GroupLength || IsBurst(sent, arrival))
        {
            _current.LastSent = Math.Max(_current.LastSent, sent);
            _current.LastArrival = arrival;
            return false;
        }

        var complete = _known == 2;
        if (complete)
        {
            sentDelta = _current.LastSent - _previous.LastSent;
            arrivalDelta = _current.LastArrival - _previous.LastArrival;
            _reordered = arrivalDelta < 0 ? _reordered + 1 : 0;
            complete = arrivalDelta >= 0;
            if (_reordered == MaxReordered)
            {
                Reset();
                return false;
            }
        }

        _previous = _current;
        Begin(sent, arrival);
        return complete;
    }

    private bool IsBurst(long sent, long arrival)
    {
        var arrivalGap = arrival - _current.LastArrival;
        var sentGap = sent - _current.LastSent;
        return sentGap == 0
            || (arrivalGap < sentGap && arrivalGap <= BurstGap && arrival - _current.FirstArrival < LongestBurst);
    }

    private void Begin(long sent, long arrival)
    {
        _current = new()
        {
            FirstSent = sent,
            LastSent = sent,
            FirstArrival = arrival,
            LastArrival = arrival,
        };
        _known = Math.Min(_known + 1, 2);
    }

    private struct Group
    {
        public long FirstSent;
        public long LastSent;
        public long FirstArrival;
        public long LastArrival;
    }
}
