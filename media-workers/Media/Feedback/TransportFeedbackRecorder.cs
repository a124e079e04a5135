using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Feedback;

/// <summary>
/// Notes when each packet of a transport arrived and reports it to the sender's bandwidth estimator
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01), about ten times a second.
/// </summary>
internal sealed class TransportFeedbackRecorder
{
    // 20 Mbit/s of full packets for half a second; more is reported sooner.
    private const int Capacity = 1024;
    private const int HurryAt = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // A packet later than this changes nothing that was reported; older news moves no estimate.
    private const int ReorderWindow = 256; // packets

    // So many numbers in a row from long ago are no stragglers: the sender began anew.
    private const int MaxStrays = 8;

    // By transport-wide number modulo the capacity: microseconds, or missing. Made with the first packet.
    private long[] _arrivals = [];
    private PacketIndex _newest;
    private long _nextToReport;
    private byte _feedbackCount;
    private int _strays;
    private MonotonicTime _due = MonotonicTime.Never;

    /// <summary>Gets when feedback is due.</summary>
    public MonotonicTime NextTimeout => _due;

    /// <summary>Notes a packet.</summary>
    /// <param name="transportSequence">As it arrived, in any order.</param>
    /// <param name="now">When it arrived.</param>
    public void HandleArrival(ushort transportSequence, MonotonicTime now)
    {
        if (_arrivals.Length == 0)
        {
            _arrivals = new long[Capacity];
            // One turn up, so that a packet from before the first has a number as well.
            Restart(new(0x10000L + transportSequence));
        }

        var index = _newest.Unwrap(new(transportSequence));
        _strays = index.Value <= _newest.Value - ReorderWindow ? _strays + 1 : 0;
        if (index.Value >= _newest.Value + Capacity || _strays == MaxStrays)
        {
            // What lies between is not worth reporting: the sender stood still or began anew.
            Restart(index);
        }
        else if (_strays > 0)
        {
            return;
        }

        ForgetBetween(_newest.Value, index.Value);
        _newest = new(Math.Max(_newest.Value, index.Value));
        ref var arrival = ref _arrivals[index.Value & (Capacity - 1)];
        if (arrival != TransportFeedbackWriter.Missing)
        {
            return;
        }

        arrival = now.Microseconds;
        // It was reported lost before: report it, and what follows, once more.
        _nextToReport = Math.Clamp(_nextToReport, _newest.Value - Capacity + 1, index.Value);
        var hurry = _newest.Value - _nextToReport >= HurryAt;
        _due = hurry ? now : MonotonicTime.Soonest(_due, now + Interval);
    }

    /// <summary>Writes the next feedback packet that is due.</summary>
    /// <param name="now">Now.</param>
    /// <param name="senderSsrc">Who reports.</param>
    /// <param name="mediaSsrc">Any one SSRC of the transport.</param>
    /// <param name="destination">Where to; a packet covers as much as fits.</param>
    /// <param name="length">In bytes, a multiple of four.</param>
    /// <returns>True when there was one; ask again, there may be more.</returns>
    public bool TryTakeFeedback(
        MonotonicTime now,
        uint senderSsrc,
        uint mediaSsrc,
        Span<byte> destination,
        out int length
    )
    {
        length = 0;
        if (now < _due)
        {
            return false;
        }

        Span<long> arrivals = stackalloc long[Capacity];
        var count = 0;
        for (var index = _nextToReport; index <= _newest.Value; index++)
        {
            arrivals[count++] = _arrivals[index & (Capacity - 1)];
        }

        length = TransportFeedbackWriter.Write(
            destination,
            senderSsrc,
            mediaSsrc,
            (ushort)_nextToReport,
            _feedbackCount,
            arrivals[..count],
            out var reported
        );
        if (reported == 0)
        {
            _due = MonotonicTime.Never;
            return false;
        }

        _feedbackCount++;
        _nextToReport += reported;
        _due = _nextToReport <= _newest.Value ? now : MonotonicTime.Never;
        return true;
    }

    private void Restart(PacketIndex index)
    {
        Array.Fill(_arrivals, TransportFeedbackWriter.Missing);
        _newest = index;
        _nextToReport = index.Value;
        _strays = 0;
    }

    private void ForgetBetween(long newest, long index)
    {
        for (var skipped = newest + 1; skipped <= index; skipped++)
        {
            _arrivals[skipped & (Capacity - 1)] = TransportFeedbackWriter.Missing;
        }
    }
}
