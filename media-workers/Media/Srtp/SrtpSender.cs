using System.Diagnostics;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Srtp;

/// <summary>
/// Protects what we send to one peer. Any number of SSRCs share the keys; their packet indices are the caller's.
/// </summary>
/// <remarks>
/// An SSRC must not send two different packets under one index, not even when only a header extension differs: with
/// AES-GCM that gives the authentication key away (RFC 7714 section 10.1). Repeat a packet byte for byte, or as RTX.
/// </remarks>
internal sealed class SrtpSender : IDisposable
{
    /// <summary>Indices of one SSRC, and RTP packets under one master key (RFC 3711 section 9.2).</summary>
    public const long RtpLimit = 1L << 48;

    /// <summary>RTCP packets under one master key (RFC 3711 section 9.2).</summary>
    public const long RtcpLimit = 1L << 31;

    private readonly SrtpTransform _transform;
    private long _rtpPackets;
    private long _rtcpPackets;

    /// <summary>Derives the session keys; the master key is not kept.</summary>
    /// <param name="profile">What use_srtp agreed on.</param>
    /// <param name="masterKey">16 bytes: <see cref="SrtpKeyMaterial.ServerKey"/> when we are the DTLS server.</param>
    /// <param name="masterSalt">14 or 12 bytes, from the same side.</param>
    public SrtpSender(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt)
        : this(SrtpTransform.Create(profile, masterKey, masterSalt, CipherTiers.Best), 0, 0) { }

    /// <summary>For tests, which choose the tier and do not wait for 2^31 packets.</summary>
    /// <param name="transform">Disposed with the sender.</param>
    /// <param name="rtpPackets">RTP packets that the key has protected already.</param>
    /// <param name="rtcpPackets">RTCP packets that the key has protected already; the next one's index.</param>
    internal SrtpSender(SrtpTransform transform, long rtpPackets, long rtcpPackets)
    {
        _transform = transform;
        _rtpPackets = rtpPackets;
        _rtcpPackets = rtcpPackets;
    }

    /// <summary>Gets the bytes added to an RTP packet: 10 or 16.</summary>
    public int Overhead => _transform.TagLength;

    /// <summary>Gets the bytes added to an RTCP packet: 14 or 20.</summary>
    public int RtcpOverhead => _transform.TagLength + SrtpTransform.RtcpWordLength;

    /// <summary>Reads what the next packet needs, so that it is in the processor's cache.</summary>
    /// <returns>Nothing of use; it keeps the reads from being left out.</returns>
    public int Warm()
    {
        _transform.Warm();
        return (int)_rtpPackets;
    }

    /// <summary>Encrypts from a payload that subscribers share straight into this peer's packet.</summary>
    /// <param name="destination">Header and prefix, and room for the rest and <see cref="Overhead"/>.</param>
    /// <param name="headerLength">Bytes of RTP header with CSRCs and extension, which stay clear; 12 or more.</param>
    /// <param name="prefixLength">Bytes of payload already in place: a payload descriptor that was rewritten.</param>
    /// <param name="rest">The payload after the prefix; not changed, not within <paramref name="destination"/>.</param>
    /// <param name="index">This packet's; its low 16 bits are the header's sequence number.</param>
    /// <returns>The protected packet's length, or 0 when the key is exhausted.</returns>
    public int ProtectRtp(
        Span<byte> destination,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index
    )
    {
        var length = Admit(destination, headerLength, prefixLength, rest.Length, index);
        if (length > 0)
        {
            _transform.ProtectRtp(destination[..length], headerLength, prefixLength, rest, index);
        }

        return length;
    }

    /// <summary>The same for one packet of a turn whose HMAC-SHA1 tags are computed together; AES-GCM has none.</summary>
    /// <param name="destination">Header and prefix, and room for the rest and the tag; pinned or native memory.</param>
    /// <param name="headerLength">Bytes of RTP header with CSRCs and extension, which stay clear; 12 or more.</param>
    /// <param name="prefixLength">Bytes of payload already in place.</param>
    /// <param name="rest">The payload after the prefix; not changed, not within the packet.</param>
    /// <param name="index">This packet's; its low 16 bits are the header's sequence number.</param>
    /// <param name="batch">To be completed before the packet is sent and before this sender is disposed.</param>
    /// <returns>The protected packet's length, or 0 when the key is exhausted.</returns>
    public int ProtectRtp(
        Span<byte> destination,
        int headerLength,
        int prefixLength,
        ReadOnlySpan<byte> rest,
        PacketIndex index,
        Sha1TagBatch batch
    )
    {
        var length = Admit(destination, headerLength, prefixLength, rest.Length, index);
        if (length > 0)
        {
            _transform.ProtectRtp(destination[..length], headerLength, prefixLength, rest, index, batch);
        }

        return length;
    }

    /// <summary>Encrypts a compound packet in place.</summary>
    /// <param name="packet">The compound, and room for <see cref="RtcpOverhead"/>.</param>
    /// <param name="length">Bytes of the compound; 8 or more.</param>
    /// <returns>The protected packet's length, or 0 when the key is exhausted or there is no room.</returns>
    public int ProtectRtcp(Span<byte> packet, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, SrtpTransform.RtcpHeaderLength);
        var whole = length + RtcpOverhead;
        if (_rtcpPackets >= RtcpLimit || whole > packet.Length || whole > SrtpTransform.MaxPacketLength)
        {
            return 0;
        }

        _transform.ProtectRtcp(packet[..whole], (uint)_rtcpPackets);
        _rtcpPackets++;
        return whole;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose() => _transform.Dispose();

    // The length that the packet will have; 0 when the key may not protect it.
    private int Admit(Span<byte> destination, int headerLength, int prefixLength, int restLength, PacketIndex index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(headerLength, SrtpTransform.RtpHeaderLength);
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        var length = headerLength + prefixLength + restLength + Overhead;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, destination.Length, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, SrtpTransform.MaxPacketLength, nameof(restLength));
        Debug.Assert(
            destination[2] == (byte)(index.Value >> 8) && destination[3] == (byte)index.Value,
            "The header carries the low bits of the index."
        );
        if (index.Value is < 0 or >= RtpLimit || _rtpPackets >= RtpLimit)
        {
            return 0;
        }

        _rtpPackets++;
        return length;
    }
}
