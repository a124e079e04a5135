using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Srtp;

/// <summary>
/// Checks and decrypts what one peer sends. An SSRC's state begins with its first packet whose tag is right, and changes
/// only with such packets.
/// </summary>
internal sealed class SrtpReceiver : IDisposable
{
    private const int SequenceNumbers = 0x1_0000;

    private readonly SrtpTransform _transform;
    private readonly SrtpSources _rtpSources;
    private readonly SrtpSources _rtcpSources;
    private long _rtpPackets;
    private long _rtcpPackets;

    /// <summary>Derives the session keys; the master key is not kept.</summary>
    /// <param name="profile">What use_srtp agreed on.</param>
    /// <param name="masterKey">16 bytes: <see cref="SrtpKeyMaterial.ClientKey"/> when we are the DTLS server.</param>
    /// <param name="masterSalt">14 or 12 bytes, from the same side.</param>
    /// <param name="maxSources">How many SSRCs it may have in its life, for RTP and for RTCP each.</param>
    public SrtpReceiver(
        SrtpProfile profile,
        ReadOnlySpan<byte> masterKey,
        ReadOnlySpan<byte> masterSalt,
        int maxSources = SrtpSources.MaxCount
    )
        : this(SrtpTransform.Create(profile, masterKey, masterSalt, CipherTiers.Best), 0, 0, maxSources) { }

    /// <summary>For tests, which choose the tier and do not wait for 2^31 packets.</summary>
    /// <param name="transform">Disposed with the receiver.</param>
    /// <param name="rtpPackets">RTP packets that the key has opened already.</param>
    /// <param name="rtcpPackets">RTCP packets that the key has opened already.</param>
    /// <param name="maxSources">How many SSRCs it may have.</param>
    internal SrtpReceiver(
        SrtpTransform transform,
        long rtpPackets,
        long rtcpPackets,
        int maxSources = SrtpSources.MaxCount
    )
    {
        _transform = transform;
        _rtpSources = new(maxSources);
        _rtcpSources = new(maxSources);
        _rtpPackets = rtpPackets;
        _rtcpPackets = rtcpPackets;
    }

    /// <summary>Checks and decrypts an RTP packet in place (RFC 3711 section 3.3).</summary>
    /// <param name="packet">The datagram; unchanged when it is refused.</param>
    /// <param name="headerLength">Bytes of RTP header with CSRCs and extension.</param>
    /// <param name="plaintextLength">Bytes of header and payload, without the tag; 0 when refused.</param>
    /// <param name="index">The packet's index.</param>
    public PacketFault UnprotectRtp(Span<byte> packet, int headerLength, out int plaintextLength, out PacketIndex index)
    {
        plaintextLength = 0;
        index = default;
        if (packet.Length is < SrtpTransform.RtpHeaderLength or > SrtpTransform.MaxPacketLength)
        {
            return packet.Length > SrtpTransform.MaxPacketLength ? PacketFault.TooLarge : PacketFault.Truncated;
        }

        if (headerLength < SrtpTransform.RtpHeaderLength || headerLength > packet.Length - _transform.TagLength)
        {
            return PacketFault.Truncated;
        }

        var ssrc = SrtpTransform.RtpSsrc(packet);
        var number = new SequenceNumber(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        var window = _rtpSources.Find(ssrc);
        index = window is null ? new PacketIndex(number.Value) : new PacketIndex(window.Newest).Unwrap(number);
        var fault = window is null
            ? OpenFirst(packet, headerLength, ssrc, ref index)
            : OpenNext(packet, headerLength, window, index);
        if (fault == PacketFault.None)
        {
            _rtpPackets++;
            plaintextLength = packet.Length - _transform.TagLength;
        }

        return fault;
    }

    /// <summary>Checks and decrypts an RTCP packet in place (RFC 3711 section 3.4).</summary>
    /// <param name="packet">The datagram; unchanged when it is refused.</param>
    /// <param name="plaintextLength">Bytes of the compound; 0 when refused.</param>
    public PacketFault UnprotectRtcp(Span<byte> packet, out int plaintextLength)
    {
        plaintextLength = 0;
        var length = packet.Length - SrtpTransform.RtcpWordLength - _transform.TagLength;
        if (length < SrtpTransform.RtcpHeaderLength || packet.Length > SrtpTransform.MaxPacketLength)
        {
            return length < SrtpTransform.RtcpHeaderLength ? PacketFault.Truncated : PacketFault.TooLarge;
        }

        if (_rtcpPackets >= SrtpSender.RtcpLimit)
        {
            return PacketFault.SrtpKeyExhausted;
        }

        var word = _transform.ReadRtcpWord(packet);
        var index = word & ~SrtpTransform.RtcpEncryptedFlag;
        var ssrc = SrtpTransform.RtcpSsrc(packet);
        var window = _rtcpSources.Find(ssrc);
        var fault = window?.Check(index) ?? RoomIn(_rtcpSources);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (!_transform.TryUnprotectRtcp(packet, word))
        {
            return PacketFault.SrtpWrongTag;
        }

        Accept(_rtcpSources, window, ssrc, index);
        _rtcpPackets++;
        plaintextLength = length;
        return PacketFault.None;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose() => _transform.Dispose();

    private static PacketFault RoomIn(SrtpSources sources) =>
        sources.IsFull ? PacketFault.SrtpTooManySources : PacketFault.None;

    private static void Accept(SrtpSources sources, ReplayWindow? window, uint ssrc, long index)
    {
        if (window is null)
        {
            sources.Add(ssrc, index);
        }
        else
        {
            window.Accept(index);
        }
    }

    private PacketFault OpenNext(Span<byte> packet, int headerLength, ReplayWindow window, PacketIndex index)
    {
        if (index.Value >= SrtpSender.RtpLimit || _rtpPackets >= SrtpSender.RtpLimit)
        {
            return PacketFault.SrtpKeyExhausted;
        }

        var fault = window.Check(index.Value);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (!_transform.TryUnprotectRtp(packet, headerLength, index))
        {
            return PacketFault.SrtpWrongTag;
        }

        window.Accept(index.Value);
        return PacketFault.None;
    }

    // The first packet we see has rollover counter 0, unless the number was about to wrap and those before were lost.
    private PacketFault OpenFirst(Span<byte> packet, int headerLength, uint ssrc, ref PacketIndex index)
    {
        if (_rtpSources.IsFull || _rtpPackets >= SrtpSender.RtpLimit)
        {
            return _rtpSources.IsFull ? PacketFault.SrtpTooManySources : PacketFault.SrtpKeyExhausted;
        }

        if (!_transform.TryUnprotectRtp(packet, headerLength, index))
        {
            index = new PacketIndex(index.Value + SequenceNumbers);
            var mayHaveWrapped = index.SequenceNumber.Value < SequenceNumbers / 2;
            if (!mayHaveWrapped || !_transform.TryUnprotectRtp(packet, headerLength, index))
            {
                return PacketFault.SrtpWrongTag;
            }
        }

        _rtpSources.Add(ssrc, index.Value);
        return PacketFault.None;
    }
}
