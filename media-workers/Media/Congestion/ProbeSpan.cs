namespace EventMeet.Media.Congestion;

/// <summary>The received packets of a probe: how fast they left and how fast they arrived. Times in microseconds.</summary>
internal struct ProbeSpan
{
    // Anything shorter is below what feedback can express.
    private const double ShortestSpan = 1_000;

    private long _firstSent;
    private long _lastSent;
    private long _firstArrival;
    private long _lastArrival;
    private int _firstLength;
    private int _lastLength;
    private int _bytes;

    /// <summary>Gets how many packets there are.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Gets the lesser of the rates of sending and of arriving. The last packet's bytes are not part of the time in which the
    /// others left, nor the first one's of that in which the others arrived.
    /// </summary>
    public readonly double BitsPerSecond =>
        Math.Min(
            Rate(_bytes - _lastLength, _lastSent - _firstSent),
            Rate(_bytes - _firstLength, _lastArrival - _firstArrival)
        );

    /// <summary>Takes a packet, in any order.</summary>
    public void Add(long sent, long arrival, int length)
    {
        if (Count == 0 || sent < _firstSent)
        {
            _firstSent = sent;
        }

        if (Count == 0 || sent >= _lastSent)
        {
            (_lastSent, _lastLength) = (sent, length);
        }

        if (Count == 0 || arrival < _firstArrival)
        {
            (_firstArrival, _firstLength) = (arrival, length);
        }

        _lastArrival = Count == 0 ? arrival : Math.Max(_lastArrival, arrival);
        _bytes += length;
        Count++;
    }

    private static double Rate(int bytes, long span) => bytes * 8_000_000.0 / Math.Max(span, ShortestSpan);
}
