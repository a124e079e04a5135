using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Congestion;

/// <summary>
/// What the path to one subscriber can take: Google congestion control (draft-ietf-rmcat-gcc-02) by transport-wide feedback
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01). Unlimited until the path proves that it is not.
/// </summary>
internal sealed class BandwidthEstimator
{
    private const long LongestRoundTrip = 10_000_000; // us
    private const int RoundTripWeight = 8; // one part in so many of a new sample

    private readonly SentPackets _sent = new();

    // Made with the first feedback: who gives none costs the history only.
    private ArrivalFilter? _arrivals;
    private RateControl? _control;
    private long _roundTrip; // us

    /// <summary>Gets what the path can take, 30 kbit/s to 100 Mbit/s; null while nothing has ever limited it: send what is wanted.</summary>
    public DataRate? Estimate => _control is { Estimate: > 0 } ? new((long)_control.Estimate) : null;

    /// <summary>
    /// Gets the round trip by feedback, smoothed; zero until known. Includes how long the receiver keeps the newest packet of a
    /// feedback, so it is some milliseconds long.
    /// </summary>
    public TimeSpan RoundTrip => TimeSpan.FromMicroseconds(_roundTrip);

    /// <summary>
    /// Gets or sets what the subscriber would be sent, media and retransmissions, if nothing limited it. Bounds probing, and
    /// growth by what is sent of it.
    /// </summary>
    public DataRate Wanted { get; set; }

    /// <summary>Gets or sets what is allocated to be sent at present, at most <see cref="Wanted"/>. While it is less, probes are sent.</summary>
    public DataRate Allocated { get; set; }

    /// <summary>Gets when <see cref="TakeProbe"/> wants to be called; may be past. Never when no probe is planned.</summary>
    public MonotonicTime NextTimeout =>
        _control is { } control && (control.Probes.IsRunning || ProbeTarget > 0)
            ? control.Probes.NextTimeout
            : MonotonicTime.Never;

    /// <summary>Gets how many packets the history has room for; zero before the first.</summary>
    internal int HistoryCapacity => _sent.Capacity;

    // Zero when there is no sense in a probe: nothing is limited, nothing is withheld, or the path is full.
    private double ProbeTarget =>
        _control is { Estimate: > 0, IsQueueStanding: false }
        && Allocated < Wanted
        && _arrivals is { Usage: not BandwidthUsage.Overuse }
            ? Probes.TargetFor(_control.Estimate, Wanted.BitsPerSecond)
            : 0;

    /// <summary>Notes a packet that leaves now. Called for every packet of every subscriber.</summary>
    /// <param name="length">Bytes on the wire as far as known: RTP with header and tag.</param>
    /// <param name="now">Now.</param>
    /// <returns>The packet's transport-wide number.</returns>
    public ushort HandleSent(int length, MonotonicTime now) => _sent.Add(length, now);

    /// <summary>Takes one feedback. Whatever it claims is harmless, and costs no more than its own status count.</summary>
    /// <param name="feedback">Parsed; is walked to its end.</param>
    /// <param name="now">When it came.</param>
    public void HandleFeedback(ref TransportFeedback feedback, MonotonicTime now)
    {
        if (_arrivals is null || _control is null)
        {
            (_arrivals, _control) = (new(), new());
        }

        var (packets, lost, newest, newestSent) = (0, 0, -1L, long.MinValue);
        _arrivals.Begin(feedback.ReferenceTime);
        while (feedback.MoveNext())
        {
            if (!_sent.TryFind(feedback.TransportSequence, out var index))
            {
                continue;
            }

            newest = Math.Max(newest, index);
            ref var packet = ref _sent.At(index);
            if (packet.State == SentPacketState.Pending)
            {
                packets++;
            }

            if (!feedback.IsReceived)
            {
                if (packet.State == SentPacketState.Pending)
                {
                    packet.State = SentPacketState.Lost;
                    lost++;
                }

                continue;
            }

            if (packet.State == SentPacketState.Received)
            {
                continue;
            }

            lost -= packet.State == SentPacketState.Lost ? 1 : 0;
            packet.State = SentPacketState.Received;
            var sent = now.Microseconds - (uint)((uint)now.Microseconds - packet.SentAt);
            newestSent = Math.Max(newestSent, sent);
            var isProbe = _control.Probes.Has(index);
            var arrival = _arrivals.HandleArrival(sent, feedback.ArrivalMicroseconds, packet.Length, isProbe);
            if (isProbe)
            {
                _control.Probes.HandleArrival(sent, arrival, packet.Length);
            }
        }

        _sent.GrowIfTooShort();
        if (newest >= 0)
        {
            MeasureRoundTrip(newestSent, now);
            _arrivals.End(now);
            _control.HandleFeedback(_arrivals, packets, lost, newest, RoundTrip, now);
        }
    }

    /// <summary>
    /// How many bytes of padding the running probe needs now, as packets through <see cref="HandleSent"/>; zero when none.
    /// Every packet that leaves while a probe runs counts as its own.
    /// </summary>
    /// <param name="now">Now; at <see cref="NextTimeout"/>, or sooner or later.</param>
    public int TakeProbe(MonotonicTime now)
    {
        if (_control is not { } control)
        {
            return 0;
        }

        if (!control.Probes.IsRunning && now >= control.Probes.NextTimeout && ProbeTarget is > 0 and var target)
        {
            control.Probes.Start(target, _sent.Next, now);
        }

        return control.Probes.Take(_sent, now);
    }

    private void MeasureRoundTrip(long newestSent, MonotonicTime now)
    {
        if (newestSent != long.MinValue)
        {
            var sample = Math.Min(now.Microseconds - newestSent, LongestRoundTrip);
            _roundTrip = _roundTrip == 0 ? sample : _roundTrip + ((sample - _roundTrip) / RoundTripWeight);
        }
    }
}
