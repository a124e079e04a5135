using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>
/// How a relay's packets find their tracks at the receiving end: by SSRC alone. Packets that overtake the message that adds
/// their track wait for it.
/// </summary>
internal sealed class RelayReception
{
    private readonly Dictionary<string, RelayTrack> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, RelayTrack> _bySsrc = [];
    private readonly Dictionary<uint, RelayTrack> _byRtxSsrc = [];
    private readonly EarlyPackets _early = new();

    /// <summary>Gets the tracks that are there.</summary>
    public Dictionary<string, RelayTrack>.ValueCollection Tracks => _byId.Values;

    /// <summary>Finds a track by its id; null when there is none.</summary>
    public RelayTrack? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Finds a track by the SSRC of its packets; null when there is none.</summary>
    public RelayTrack? Find(uint ssrc) => _bySsrc.GetValueOrDefault(ssrc);

    /// <summary>Packets of this track may come.</summary>
    /// <returns>A fault when it contradicts what was said before.</returns>
    public PacketFault Add(RelayTrackDescription description, MonotonicTime now)
    {
        if (_byId.Count >= RelayProtocol.MaxTracks)
        {
            return PacketFault.TooLarge;
        }

        if (
            _byId.ContainsKey(description.Id)
            || IsUsed(description.Ssrc)
            || IsUsed(description.RtxSsrc)
            || description.Ssrc == description.RtxSsrc
        )
        {
            return PacketFault.RelayMalformed;
        }

        var track = new RelayTrack(description, now);
        _byId.Add(description.Id, track);
        _bySsrc.Add(description.Ssrc, track);
        _byRtxSsrc.Add(description.RtxSsrc, track);
        return PacketFault.None;
    }

    /// <summary>No more packets of this track will come.</summary>
    public void Remove(string id)
    {
        if (_byId.Remove(id, out var track))
        {
            _ = _bySsrc.Remove(track.Description.Ssrc);
            _ = _byRtxSsrc.Remove(track.Description.RtxSsrc);
        }
    }

    /// <summary>Takes a decrypted packet.</summary>
    /// <param name="packet">Header, payload and padding.</param>
    /// <param name="header">The view of its header.</param>
    /// <param name="index">Its unwrapped sequence number.</param>
    /// <param name="now">When it arrived.</param>
    /// <param name="consumer">Who gets it.</param>
    public PacketFault Handle(
        Span<byte> packet,
        in RtpHeader header,
        PacketIndex index,
        MonotonicTime now,
        IRelayConsumer consumer
    )
    {
        if (_bySsrc.TryGetValue(header.Ssrc, out var track))
        {
            track.Statistics.HandleArrival(index, header.Timestamp, packet.Length - header.HeaderLength, now);
            return Take(track, packet, header, index, now, consumer);
        }

        return _byRtxSsrc.TryGetValue(header.Ssrc, out var repaired)
            ? Repair(repaired, packet, now, consumer)
            : _early.Keep(packet, header.Ssrc, index, now);
    }

    /// <summary>Hands out the packets of a track that came before it was added.</summary>
    public void HandleEarly(RelayTrackDescription track, MonotonicTime now, IRelayConsumer consumer)
    {
        while (_early.TryTake(track.Ssrc, track.RtxSsrc, out var packet, out var index))
        {
            if (RtpHeader.TryParse(packet, out var header) is PacketFault.None)
            {
                _ = Handle(packet, header, index, now, consumer);
            }
        }
    }

    private bool IsUsed(uint ssrc) => _bySsrc.ContainsKey(ssrc) || _byRtxSsrc.ContainsKey(ssrc);

    private static PacketFault Repair(RelayTrack track, Span<byte> packet, MonotonicTime now, IRelayConsumer consumer)
    {
        var fault = RtxReader.TryUnwrap(
            packet,
            track.Description.Ssrc,
            track.Description.PayloadType,
            out var original
        );
        if (fault is not PacketFault.None || original.IsEmpty)
        {
            return fault;
        }

        fault = RtpHeader.TryParse(original, out var header);
        return fault is PacketFault.None
            ? Take(track, original, header, track.Unwrap(header.SequenceNumber), now, consumer)
            : fault;
    }

    private static PacketFault Take(
        RelayTrack track,
        ReadOnlySpan<byte> packet,
        in RtpHeader header,
        PacketIndex index,
        MonotonicTime now,
        IRelayConsumer consumer
    )
    {
        var fault = header.TryReadPayload(packet, out var payload);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        // An original that was slow, and its retransmission: one of them is enough.
        if (!track.TryTake(index, now))
        {
            return PacketFault.None;
        }

        if (track.KeyFrames.IsWaiting && KeyFrames.IsKeyFrame(track.CodecKind, payload))
        {
            // What is missing from before is still asked for: nobody waits to see this, it is to be kept whole.
            track.KeyFrames.HandleKeyFrame();
        }

        consumer.HandlePacket(track, packet, now);
        return PacketFault.None;
    }
}
