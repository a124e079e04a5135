using EventMeet.Media.Packets;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>Opus: a packet is a frame (RFC 7587 section 4.2).</summary>
internal sealed class OpusDepacketizer : Depacketizer
{
    // RTP always announces two channels (RFC 7587 section 7); a packet of one is played on both.
    private static readonly TrackFormat Format = TrackFormat.Opus(2);

    /// <inheritdoc/>
    public override bool NeedsKeyFrame => false;

    /// <inheritdoc/>
    public override PacketFault HandlePacket(long timestamp, bool marker, ReadOnlySpan<byte> payload)
    {
        HandOut(new(timestamp, IsKeyFrame: true, payload.ToArray(), Format, Size: null));
        return PacketFault.None;
    }

    /// <inheritdoc/>
    public override void HandleLoss()
    {
        // Opus conceals it.
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        // Every packet was handed out at once.
    }
}
