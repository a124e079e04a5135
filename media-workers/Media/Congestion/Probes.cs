using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// Sends for 25 ms, or longer until it is five packets, more than the estimate allows and looks how fast it arrives. One probe at
/// a time; every packet that leaves while it runs belongs to it. Rates are bits per second.
/// </summary>
internal sealed class Probes
{
    private const int Steps = 5;
    private const int MostSteps = 40;
    private const int FewestPackets = 5; // a rate is what passes between packets; padding comes in packets as large as pictures have
    private const int SmallestStep = 200; // bytes: a packet that is worth sending; a slow probe takes longer instead
    private const int LargestProbe = 128 * 1024; // bytes: 40 Mbit/s

    private const int FewestReceived = 3;
    private const double ReceivedShare = 0.8;
    private const double SuccessShare = 0.8; // of the target
    private const double CautiousShare = 0.95; // of what was measured

    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseAfterDecrease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResponseDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ResultTimeout = TimeSpan.FromSeconds(1);

    // What a probe has proved is true unless the estimate falls this soon.
    private static readonly TimeSpan Probation = TimeSpan.FromSeconds(2);

    private ProbeState _state;
    private MonotonicTime _at; // of the next probe, step, or of giving up
    private TimeSpan _pause = ShortestPause;
    private MonotonicTime _provenAt = MonotonicTime.Never;
    private bool _hasReached;
    private double _beforeProof;
    private double _failedAbove = double.MaxValue;

    private double _target;
    private TimeSpan _step;
    private MonotonicTime _startedAt;
    private long _first;
    private long _last = -1;
    private ProbeSpan _span;
    private bool _isRefuted;

    private enum ProbeState
    {
        Waiting,
        Sending,
        Sent,
    }

    /// <summary>Gets a value indicating whether a probe is being sent or its result awaited.</summary>
    public bool IsRunning => _state != ProbeState.Waiting;

    /// <summary>Gets when the next step is due, or the running probe is given up; when waiting, when a probe may start.</summary>
    public MonotonicTime NextTimeout => _at;

    /// <summary>What a probe would try to reach; zero when there is no sense in one.</summary>
    /// <param name="estimate">What is thought to pass.</param>
    /// <param name="wanted">What would be sent if it passed.</param>
    public static double TargetFor(double estimate, double wanted)
    {
        var most = LargestProbe * 8 / (Steps * ShortestStep.TotalSeconds);
        var target = Math.Min(Math.Max(Math.Min(1.2 * wanted, 2 * estimate), 1.2 * estimate), most);
        return estimate < 1.2 * wanted && target > 1.1 * estimate ? target : 0;
    }

    /// <summary>Starts a probe.</summary>
    /// <param name="target">What to reach.</param>
    /// <param name="next">The index of the packet that leaves next.</param>
    /// <param name="now">Now.</param>
    public void Start(double target, long next, MonotonicTime now)
    {
        _state = ProbeState.Sending;
        (_target, _startedAt, _at) = (target, now, now);
        _step = TimeSpan.FromSeconds(Math.Max(ShortestStep.TotalSeconds, SmallestStep * 8 / target));
        (_first, _last) = (next, long.MaxValue);
        (_span, _isRefuted) = (default, false);
    }

    /// <summary>What the running probe needs now.</summary>
    /// <param name="sent">Where its packets are.</param>
    /// <param name="now">Now.</param>
    /// <returns>Bytes to be sent now; zero when there is nothing to do.</returns>
    public int Take(SentPackets sent, MonotonicTime now)
    {
        if (now < _at)
        {
            return 0;
        }

        switch (_state)
        {
            case ProbeState.Sending:
                return TakeStep(sent, now);
            case ProbeState.Sent:
                Fail(now);
                return 0;
            default:
                return 0;
        }
    }

    /// <summary>Is the packet one of the last probe's?</summary>
    public bool Has(long index) => index >= _first && index <= _last;

    /// <summary>Takes a packet of the probe that arrived.</summary>
    /// <param name="departure">When it left, microseconds.</param>
    /// <param name="arrival">When it arrived, microseconds on the receiver's clock.</param>
    /// <param name="length">Bytes.</param>
    public void HandleArrival(long departure, long arrival, int length) => _span.Add(departure, arrival, length);

    /// <summary>Judges the probe once feedback has reached its last packet, and plans the next.</summary>
    /// <param name="reported">The newest packet that feedback has spoken of.</param>
    /// <param name="isCongested">Does the detector see a queue grow?</param>
    /// <param name="estimate">What was thought to pass.</param>
    /// <param name="roundTrip">By feedback.</param>
    /// <param name="now">Now.</param>
    /// <returns>What passes: the estimate, or more if the probe has shown more.</returns>
    public double TakeResult(long reported, bool isCongested, double estimate, TimeSpan roundTrip, MonotonicTime now)
    {
        if (_state != ProbeState.Sent || reported < _last)
        {
            return estimate;
        }

        var count = _last - _first + 1;
        if (_isRefuted || isCongested || _span.Count < FewestReceived || _span.Count < ReceivedShare * count)
        {
            Fail(now);
            return estimate;
        }

        Settle(now);
        var measured = _span.BitsPerSecond;
        var shown = Math.Min(_target, CautiousShare * measured);
        _hasReached = measured >= SuccessShare * _target;
        if (!_hasReached)
        {
            // It has filled the path, so it has shown what passes; there is no more to be found for a while.
            _failedAbove = measured;
            Fail(now);
        }
        else
        {
            _state = ProbeState.Waiting;
            _at = now + (shown > estimate ? roundTrip + ResponseDelay : _pause);
        }

        if (shown <= estimate)
        {
            return estimate;
        }

        _beforeProof = _provenAt == MonotonicTime.Never ? estimate : _beforeProof;
        _provenAt = now + roundTrip + Probation;
        return shown;
    }

    /// <summary>What the estimate was before probes raised it just now; null when it has stood since.</summary>
    /// <param name="now">Now.</param>
    public double? ProbationEstimate(MonotonicTime now) =>
        _provenAt != MonotonicTime.Never && now < _provenAt ? _beforeProof : null;

    /// <summary>The estimate has fallen: no probe for a second, and what the last one showed was wrong if that was just now.</summary>
    /// <param name="now">Now.</param>
    public void HandleDecrease(MonotonicTime now)
    {
        Settle(now);
        var wasProven = _provenAt != MonotonicTime.Never;
        _provenAt = MonotonicTime.Never;
        if (_state != ProbeState.Waiting)
        {
            _isRefuted = true;
        }
        else if (wasProven)
        {
            Fail(now);
        }
        else
        {
            _at = _at > now + PauseAfterDecrease ? _at : now + PauseAfterDecrease;
        }
    }

    /// <summary>The estimate has risen by itself: past what a probe has failed at, there is no reason to wait any longer.</summary>
    /// <param name="estimate">The new one.</param>
    /// <param name="now">Now.</param>
    public void HandleIncrease(double estimate, MonotonicTime now)
    {
        Settle(now);
        if (estimate > 1.2 * _failedAbove && _state == ProbeState.Waiting)
        {
            _failedAbove = double.MaxValue;
            _pause = ShortestPause;
            _at = MonotonicTime.Soonest(_at, now);
        }
    }

    private int TakeStep(SentPackets sent, MonotonicTime now)
    {
        var step = (now - _startedAt).Ticks / _step.Ticks;
        if (step >= MostSteps || (step >= Steps && sent.Next - _first >= FewestPackets))
        {
            (_state, _last) = (ProbeState.Sent, sent.Next - 1);
            _at = now + ResultTimeout;
            if (_last < _first)
            {
                Fail(now);
            }

            return 0;
        }

        _at = _startedAt + (_step * (step + 1));
        var due = _target / 8 * _step.TotalSeconds * (step + 1);
        return Math.Max(0, (int)due - sent.BytesSince(_first));
    }

    private void Fail(MonotonicTime now)
    {
        _state = ProbeState.Waiting;
        _at = now + _pause;
        _pause = TimeSpan.FromTicks(Math.Min(2 * _pause.Ticks, LongestPause.Ticks));
    }

    // What was proved has stood its time.
    private void Settle(MonotonicTime now)
    {
        if (now >= _provenAt)
        {
            _pause = _hasReached ? ShortestPause : _pause;
            _provenAt = MonotonicTime.Never;
        }
    }
}
