using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>Takes what a relay brings. A call must not call back into the receiver, except <see cref="RelayReceiver.RequestKeyFrame"/>.</summary>
public interface IRelayConsumer
{
    /// <summary>Takes a packet: each once, in the order of arrival, only between the track's being added and removed.</summary>
    /// <param name="track">Of which track.</param>
    /// <param name="packet">RTP, decrypted; what came as a retransmission looks as it was sent first. Valid during the call.</param>
    /// <param name="now">When it arrived.</param>
    void HandlePacket(RelayTrack track, ReadOnlySpan<byte> packet, MonotonicTime now);

    /// <summary>Takes a sender report: the track's timestamps on the shard's wall clock.</summary>
    void HandleSenderReport(RelayTrack track, in SenderInfo report, MonotonicTime now);

    /// <summary>Takes what became true in the room.</summary>
    void HandleControl(RelayMessage message);
}
