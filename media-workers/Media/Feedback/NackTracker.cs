using EventMeet.Media.Values;

namespace EventMeet.Media.Feedback;

/// <summary>
/// Notes which packets of one incoming SSRC are missing and says which to ask for, and when again (RFC 4585 section
/// 6.2.1). A hole that cannot be mended by asking becomes the need for a key frame.
/// </summary>
internal sealed class NackTracker
{
    /// <summary>No more packets are tracked at once. 256 of 1200 bytes is a second at 2.5 Mbit/s: past mending.</summary>
    public const int MaxMissing = 256;

    private const int MaxRequests = 10;

    // A packet that is overtaken by this many, or for this long, is taken for lost.
    private const int ReorderWindow = 3; // packets
    private static readonly TimeSpan ReorderDelay = TimeSpan.FromMilliseconds(10);

    // Nobody plays a packet that is older.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestSpacing = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestSpacing = TimeSpan.FromMilliseconds(400);

    // Ascending by index; made when the first packet goes missing.
    private Missing[] _missing = [];
    private int _count;
    private bool _started;
    private PacketIndex _newest;
    private bool _needsKeyFrame;

    /// <summary>Gets how long an answer takes: learned from the answers, or set by who knows the transport's round trip better.</summary>
    public TimeSpan RoundTrip { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets how many packets are missing.</summary>
    public int MissingCount => _count;

    /// <summary>Gets how many packets were asked for, repetitions included.</summary>
    public long RequestCount { get; private set; }

    /// <summary>Gets how many packets came after they were asked for.</summary>
    public long RecoveredCount { get; private set; }

    /// <summary>Gets how many packets were given up.</summary>
    public long AbandonedCount { get; private set; }

    /// <summary>Gets when to come back for a NACK or the need for a key frame; asking may be due before that when packets arrive.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            var next = _needsKeyFrame ? MonotonicTime.Zero : MonotonicTime.Never;
            for (var position = 0; position < _count; position++)
            {
                next = MonotonicTime.Soonest(next, _missing[position].AskAt);
            }

            return next;
        }
    }

    /// <summary>Notes a packet, and the hole in front of it.</summary>
    /// <param name="index">Unwrapped; a retransmission arrives here under its original index.</param>
    /// <param name="now">When it arrived.</param>
    public void HandleArrival(PacketIndex index, MonotonicTime now)
    {
        if (!_started)
        {
            _started = true;
            _newest = index;
            return;
        }

        if (index <= _newest)
        {
            Remove(index, now);
            return;
        }

        var first = _newest.Value + 1;
        _newest = index;
        if (index.Value > first)
        {
            AddHole(first, index.Value, now);
        }

        HurryOvertaken(now);
    }

    /// <summary>Forgets what is older than a key frame: a decoder starts there.</summary>
    /// <param name="index">Of the key frame's first packet.</param>
    public void HandleKeyFrame(PacketIndex index)
    {
        var kept = 0;
        while (kept < _count && _missing[kept].Index < index)
        {
            kept++;
        }

        RemoveRange(0, kept);
        _needsKeyFrame = false;
    }

    /// <summary>Takes the packets that are to be asked for now, oldest first.</summary>
    /// <param name="now">Now.</param>
    /// <param name="numbers">Where to; what does not fit stays due.</param>
    /// <param name="count">How many were written.</param>
    /// <returns>True when there is at least one.</returns>
    public bool TryTakeNack(MonotonicTime now, Span<SequenceNumber> numbers, out int count)
    {
        count = 0;
        var kept = 0;
        for (var position = 0; position < _count; position++)
        {
            var missing = _missing[position];
            if (missing.AskAt <= now && count < numbers.Length)
            {
                if (missing.Requests >= MaxRequests || now - missing.NoticedAt >= MaxAge)
                {
                    AbandonedCount++;
                    continue;
                }

                numbers[count++] = missing.Index.SequenceNumber;
                missing.Requests++;
                missing.AskedAt = now;
                missing.AskAt = now + SpacingAfter(missing.Requests);
            }

            _missing[kept++] = missing;
        }

        _count = kept;
        RequestCount += count;
        return count > 0;
    }

    /// <summary>Is a key frame needed, because more is missing than asking can mend? Says so once.</summary>
    public bool TryTakeKeyFrameNeed()
    {
        var needs = _needsKeyFrame;
        _needsKeyFrame = false;
        return needs;
    }

    // The first answers may be lost like the packet was: each wait is a little longer, so that a dead path is not flooded.
    private TimeSpan SpacingAfter(int requests)
    {
        var spacing = RoundTrip + (requests * TimeSpan.FromMilliseconds(5));
        return spacing < ShortestSpacing ? ShortestSpacing
            : spacing > LongestSpacing ? LongestSpacing
            : spacing;
    }

    private void AddHole(long first, long end, MonotonicTime now)
    {
        if (_count + (end - first) > MaxMissing)
        {
            AbandonedCount += _count + (end - first);
            _count = 0;
            _needsKeyFrame = true;
            return;
        }

        if (_missing.Length == 0)
        {
            _missing = new Missing[MaxMissing];
        }

        for (var index = first; index < end; index++)
        {
            _missing[_count++] = new()
            {
                Index = new(index),
                NoticedAt = now,
                AskAt = now + ReorderDelay,
            };
        }
    }

    // Newer packets have overtaken it: it will not come by itself.
    private void HurryOvertaken(MonotonicTime now)
    {
        for (var position = _count - 1; position >= 0; position--)
        {
            ref var missing = ref _missing[position];
            if (missing.Index.Value > _newest.Value - ReorderWindow)
            {
                continue;
            }

            // Everything before it was hurried when it was.
            if (missing.Requests > 0 || missing.AskAt <= now)
            {
                break;
            }

            missing.AskAt = now;
        }
    }

    private void Remove(PacketIndex index, MonotonicTime now)
    {
        for (var position = 0; position < _count; position++)
        {
            if (_missing[position].Index == index)
            {
                RecoveredCount += _missing[position].Requests > 0 ? 1 : 0;
                LearnRoundTrip(_missing[position], now);
                RemoveRange(position, 1);
                return;
            }
        }
    }

    // Only a packet that was asked for once tells which question it answers (Karn's rule); smoothed as in RFC 6298.
    private void LearnRoundTrip(Missing missing, MonotonicTime now)
    {
        if (missing.Requests == 1)
        {
            RoundTrip += (now - missing.AskedAt - RoundTrip) / 8;
        }
    }

    private void RemoveRange(int position, int length)
    {
        _count -= length;
        Array.Copy(_missing, position + length, _missing, position, _count - position);
    }

    /// <summary>One packet that has not come.</summary>
    private struct Missing
    {
        public PacketIndex Index { get; init; }

        public MonotonicTime NoticedAt { get; init; }

        public MonotonicTime AskAt { get; set; }

        public MonotonicTime AskedAt { get; set; }

        public int Requests { get; set; }
    }
}
