using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>What one outgoing stream counts for its sender reports (RFC 3550 section 6.4.1), and what its receiver reports back.</summary>
/// <param name="clockRate">Of the timestamps, Hz.</param>
internal sealed class SendStatistics(int clockRate)
{
    private uint _newestTimestamp;
    private MonotonicTime _newestTimestampAt;

    /// <summary>Gets RTP packets sent; does not wrap.</summary>
    public long PacketCount { get; private set; }

    /// <summary>Gets payload bytes sent, headers and padding not counted; does not wrap.</summary>
    public long OctetCount { get; private set; }

    /// <summary>Gets the round trip by the last report block that tells it; zero until then.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>Gets the fraction lost by the last report block, in 1/256.</summary>
    public byte FractionLost { get; private set; }

    /// <summary>Gets the cumulative number lost by the last report block.</summary>
    public int CumulativeLost { get; private set; }

    /// <summary>Gets the jitter at the receiver by the last report block, in units of the timestamp clock.</summary>
    public uint Jitter { get; private set; }

    /// <summary>Counts a packet, retransmissions under the same SSRC included.</summary>
    /// <param name="timestamp">As sent.</param>
    /// <param name="payloadLength">In bytes, without padding.</param>
    /// <param name="now">When it left.</param>
    public void HandleSent(uint timestamp, int payloadLength, MonotonicTime now)
    {
        if (PacketCount == 0 || (int)(timestamp - _newestTimestamp) > 0)
        {
            _newestTimestamp = timestamp;
            _newestTimestampAt = now;
        }

        PacketCount++;
        OctetCount += payloadLength;
    }

    /// <summary>Makes the sender information of an SR that leaves now.</summary>
    /// <param name="now">Now.</param>
    /// <param name="clock">The worker's wall clock.</param>
    /// <param name="info">With the RTP timestamp of this very moment, carried on from the newest packet.</param>
    /// <returns>False before the first packet: there is nothing to report.</returns>
    public bool TryMakeReport(MonotonicTime now, NtpClock clock, out SenderInfo info)
    {
        var elapsed = (now - _newestTimestampAt).Ticks * clockRate / TimeSpan.TicksPerSecond;
        return TryMakeReport(now, clock, _newestTimestamp + (uint)elapsed, out info);
    }

    /// <summary>Makes the sender information of an SR that leaves now, with a better timestamp than this stream's own: the publisher's clock keeps audio and video together.</summary>
    /// <param name="now">Now.</param>
    /// <param name="clock">The worker's wall clock.</param>
    /// <param name="timestampNow">What the stream's timestamp is at this moment, see <see cref="SenderClock"/>.</param>
    /// <param name="info">The sender information.</param>
    /// <returns>False before the first packet.</returns>
    public bool TryMakeReport(MonotonicTime now, NtpClock clock, uint timestampNow, out SenderInfo info)
    {
        info = new(clock.At(now), timestampNow, (uint)PacketCount, (uint)OctetCount);
        return PacketCount > 0;
    }

    /// <summary>Takes what the receiver reports about this stream.</summary>
    /// <param name="block">With this stream's SSRC.</param>
    /// <param name="now">When it arrived.</param>
    /// <param name="clock">The clock that the sender reports were made with.</param>
    public void HandleReport(in ReportBlock block, MonotonicTime now, NtpClock clock)
    {
        FractionLost = block.FractionLost;
        CumulativeLost = block.CumulativeLost;
        Jitter = block.Jitter;
        if (block.LastSenderReport == 0)
        {
            return;
        }

        // RFC 3550 section 6.4.1: A - LSR - DLSR in units of 1/65536 s, around the wrap.
        var roundTrip = clock.At(now).Compact - block.LastSenderReport - block.DelaySinceLastSenderReport;
        // A negative one (rounding, or a lie) looks like 18 hours; over a minute nothing is usable either.
        if (roundTrip < 60u << 16)
        {
            RoundTrip = TimeSpan.FromMicroseconds(NtpTime.CompactToMicroseconds(roundTrip));
        }
    }
}
