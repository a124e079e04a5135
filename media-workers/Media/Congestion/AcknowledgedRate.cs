namespace EventMeet.Media.Congestion;

/// <summary>
/// What arrives, over the last 400 ms of the receiver's clock: twelve pictures of a video, so that one more or less hardly
/// matters, and short enough to follow a path that has become narrower.
/// </summary>
internal sealed class AcknowledgedRate
{
    private const int Buckets = 8;
    private const long BucketLength = 50_000; // us
    private const int FewestBuckets = 3;

    // Packets out of order go back this far; what goes back further is another clock.
    private const long MaxReordering = 1_000_000; // us

    private readonly int[] _bytes = new int[Buckets];
    private long _bucketStart = long.MinValue;
    private int _current;
    private int _sum;
    private int _complete;
    private int _slot;

    /// <summary>Gets bits per second; zero while unknown, which is for 150 ms after a start or silence.</summary>
    public double BitsPerSecond => _complete < FewestBuckets ? 0 : _sum * (8 * 1_000_000.0 / BucketLength) / _complete;

    /// <summary>Forgets everything.</summary>
    public void Reset() => _bucketStart = long.MinValue;

    /// <summary>Takes a packet that arrived.</summary>
    /// <param name="arrival">When, on the receiver's clock, microseconds.</param>
    /// <param name="length">Bytes.</param>
    public void HandleArrival(long arrival, int length)
    {
        if ((ulong)(arrival - _bucketStart) >= BucketLength)
        {
            Turn(arrival);
        }

        _current += length;
    }

    private void Turn(long arrival)
    {
        if (
            _bucketStart == long.MinValue
            || arrival < _bucketStart - MaxReordering
            || arrival >= _bucketStart + (Buckets * BucketLength)
        )
        {
            Array.Clear(_bytes);
            (_bucketStart, _current, _sum, _complete, _slot) = (arrival, 0, 0, 0, 0);
            return;
        }

        // Out of order: it counts for the running bucket.
        for (; arrival >= _bucketStart + BucketLength; _bucketStart += BucketLength)
        {
            _sum += _current - _bytes[_slot];
            _bytes[_slot] = _current;
            _current = 0;
            _slot = (_slot + 1) % Buckets;
            _complete = Math.Min(_complete + 1, Buckets);
        }
    }
}
