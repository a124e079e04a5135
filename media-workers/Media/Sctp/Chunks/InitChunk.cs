using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.Chunks;

/*  RFC 9260 sections 3.3.2 and 3.3.3 (INIT, INIT ACK):

    |  Type = 1, 2  |   Flags = 0   |            Length             |
    |                         Initiate Tag                          |
    |           Advertised Receiver Window Credit (a_rwnd)          |
    |  Number of Outbound Streams   |   Number of Inbound Streams   |
    |                          Initial TSN                          |
    |                  Parameters, see ParameterType                |
*/

/// <summary>The offer of an association, or the answer to one.</summary>
internal readonly ref struct InitChunk
{
    /// <summary>Bytes of the value before the parameters.</summary>
    private const int FixedLength = 16;

    /// <summary>RFC 9653 section 4: the error detection method identifier of DTLS.</summary>
    private const uint ErrorDetectionByDtls = 1;

    private readonly ReadOnlySpan<byte> _value;

    private InitChunk(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>Gets the tag to put into every packet to the sender; never zero in a valid chunk.</summary>
    public uint InitiateTag => BinaryPrimitives.ReadUInt32BigEndian(_value);

    /// <summary>Gets how many bytes the sender can take.</summary>
    public uint ReceiverWindow => BinaryPrimitives.ReadUInt32BigEndian(_value[4..]);

    /// <summary>Gets how many streams the sender wants to send on.</summary>
    public ushort OutboundStreams => BinaryPrimitives.ReadUInt16BigEndian(_value[8..]);

    /// <summary>Gets how many streams the sender allows us to send on.</summary>
    public ushort InboundStreams => BinaryPrimitives.ReadUInt16BigEndian(_value[10..]);

    /// <summary>Gets the first TSN of the sender.</summary>
    public Tsn InitialTsn => new(BinaryPrimitives.ReadUInt32BigEndian(_value[12..]));

    /// <summary>Gets the parameters.</summary>
    public ReadOnlySpan<byte> Parameters => _value[FixedLength..];

    /// <summary>Gets a value indicating whether the fields are what RFC 9260 section 3.3.2 allows.</summary>
    public bool IsValid => InitiateTag != 0 && OutboundStreams != 0 && InboundStreams != 0;

    /// <summary>Reads an INIT or INIT ACK chunk.</summary>
    public static PacketFault TryParse(Chunk chunk, out InitChunk init)
    {
        init = default;
        if (chunk.Value.Length < FixedLength)
        {
            return PacketFault.SctpMalformed;
        }

        init = new(chunk.Value);
        return PacketFault.None;
    }

    /// <summary>Writes INIT or INIT ACK.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="type">Which of the two.</param>
    /// <param name="offer">What we announce.</param>
    /// <param name="cookie">INIT ACK only: the state cookie.</param>
    /// <param name="unrecognized">INIT ACK only: parameters to report, each whole and padded.</param>
    public static void Write(
        ref PacketWriter writer,
        ChunkType type,
        in InitOffer offer,
        ReadOnlySpan<byte> cookie,
        ReadOnlySpan<byte> unrecognized
    )
    {
        const int forwardTsn = 4;
        const int extensions = 8;
        var zeroChecksum = offer.ZeroChecksum ? 8 : 0;
        var cookieLength = cookie.IsEmpty ? 0 : 4 + ((cookie.Length + 3) & ~3);
        var length = FixedLength + forwardTsn + extensions + zeroChecksum + cookieLength + unrecognized.Length;
        var value = writer.Add(type, 0, length);
        value.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(value, offer.InitiateTag);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], offer.ReceiverWindow);
        BinaryPrimitives.WriteUInt16BigEndian(value[8..], offer.Streams);
        BinaryPrimitives.WriteUInt16BigEndian(value[10..], offer.Streams);
        BinaryPrimitives.WriteUInt32BigEndian(value[12..], offer.InitialTsn.Value);
        value = value[FixedLength..];

        WriteHeader(value, ParameterType.ForwardTsnSupported, 4);
        WriteHeader(value[4..], ParameterType.SupportedExtensions, 6);
        value[8] = (byte)ChunkType.ForwardTsn;
        value[9] = (byte)ChunkType.Reconfig;
        value = value[(forwardTsn + extensions)..];
        if (offer.ZeroChecksum)
        {
            WriteHeader(value, ParameterType.ZeroChecksumAcceptable, 8);
            BinaryPrimitives.WriteUInt32BigEndian(value[4..], ErrorDetectionByDtls);
            value = value[8..];
        }

        if (!cookie.IsEmpty)
        {
            WriteHeader(value, ParameterType.StateCookie, 4 + cookie.Length);
            cookie.CopyTo(value[4..]);
            value = value[cookieLength..];
        }

        unrecognized.CopyTo(value);
    }

    /// <summary>Reads what the parameters say.</summary>
    /// <param name="capabilities">What the sender can do.</param>
    /// <param name="cookie">INIT ACK: the cookie; empty when there is none.</param>
    /// <param name="unrecognized">Where to write parameters to report, whole and padded; more than fit are left out.</param>
    /// <param name="unrecognizedLength">How much was written there.</param>
    public PacketFault TryReadParameters(
        out PeerCapabilities capabilities,
        out ReadOnlySpan<byte> cookie,
        Span<byte> unrecognized,
        out int unrecognizedLength
    )
    {
        capabilities = PeerCapabilities.None;
        cookie = default;
        unrecognizedLength = 0;
        var reader = new ParameterReader(Parameters);
        while (!reader.IsAtEnd)
        {
            var fault = reader.TryRead(out var parameter);
            if (fault != PacketFault.None)
            {
                return fault;
            }

            if (parameter.Type == ParameterType.StateCookie)
            {
                cookie = parameter.Value;
            }
            else if (!TryReadCapability(parameter, ref capabilities))
            {
                // RFC 9260 section 3.2.2: the second highest bit asks for a report, the highest to go on.
                Report(parameter, unrecognized, ref unrecognizedLength);
                if (((ushort)parameter.Type & 0x8000) == 0)
                {
                    break;
                }
            }
        }

        return PacketFault.None;
    }

    private static bool TryReadCapability(Parameter parameter, ref PeerCapabilities capabilities)
    {
        switch (parameter.Type)
        {
            case ParameterType.ForwardTsnSupported:
                capabilities |= PeerCapabilities.PartialReliability;
                return true;
            case ParameterType.SupportedExtensions:
                capabilities |= parameter.Value.Contains((byte)ChunkType.ForwardTsn)
                    ? PeerCapabilities.PartialReliability
                    : PeerCapabilities.None;
                capabilities |= parameter.Value.Contains((byte)ChunkType.Reconfig)
                    ? PeerCapabilities.StreamReset
                    : PeerCapabilities.None;
                return true;
            case ParameterType.ZeroChecksumAcceptable:
                capabilities |=
                    parameter.Value.Length >= 4
                    && BinaryPrimitives.ReadUInt32BigEndian(parameter.Value) == ErrorDetectionByDtls
                        ? PeerCapabilities.ZeroChecksum
                        : PeerCapabilities.None;
                return true;
            case ParameterType.IPv4Address
            or ParameterType.IPv6Address
            or ParameterType.Unrecognized
            or ParameterType.CookiePreservative
            or ParameterType.SupportedAddressTypes:
                return true;
            default:
                return false;
        }
    }

    private static void Report(Parameter parameter, Span<byte> unrecognized, ref int length)
    {
        var padded = (parameter.Bytes.Length + 3) & ~3;
        if (((ushort)parameter.Type & 0x4000) == 0 || 4 + padded > unrecognized.Length - length)
        {
            return;
        }

        var place = unrecognized.Slice(length, 4 + padded);
        place.Clear();
        WriteHeader(place, ParameterType.Unrecognized, 4 + parameter.Bytes.Length);
        parameter.Bytes.CopyTo(place[4..]);
        length += place.Length;
    }

    private static void WriteHeader(Span<byte> destination, ParameterType type, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
    }
}

/// <summary>What a side can do beyond RFC 9260.</summary>
[Flags]
internal enum PeerCapabilities : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>FORWARD TSN (RFC 3758).</summary>
    PartialReliability = 1,

    /// <summary>RE-CONFIG (RFC 6525).</summary>
    StreamReset = 2,

    /// <summary>Takes packets without a checksum (RFC 9653).</summary>
    ZeroChecksum = 4,
}

/// <summary>What we announce in INIT or INIT ACK.</summary>
/// <param name="InitiateTag">Our tag, not zero.</param>
/// <param name="InitialTsn">Our first TSN.</param>
/// <param name="ReceiverWindow">How many bytes we can take.</param>
/// <param name="Streams">Streams of either direction.</param>
/// <param name="ZeroChecksum">May the peer leave out the checksum?</param>
internal readonly record struct InitOffer(
    uint InitiateTag,
    Tsn InitialTsn,
    uint ReceiverWindow,
    ushort Streams,
    bool ZeroChecksum
);
