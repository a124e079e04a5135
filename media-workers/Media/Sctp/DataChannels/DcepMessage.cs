using System.Buffers.Binary;
using System.Text;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Sctp.DataChannels;

/*  RFC 8832 section 5.1, DATA_CHANNEL_OPEN:                  Section 5.2, DATA_CHANNEL_ACK:

    | Message Type=3| Channel Type  |          Priority          |        | Message Type=2|
    |                   Reliability Parameter                    |
    |         Label Length          |      Protocol Length       |
    |                 Label, then Protocol, UTF-8                |
*/

/// <summary>Reads and writes the Data Channel Establishment Protocol.</summary>
internal static class DcepMessage
{
    /// <summary>The message type of DATA_CHANNEL_OPEN.</summary>
    public const byte OpenType = 3;

    /// <summary>The message type of DATA_CHANNEL_ACK.</summary>
    public const byte AckType = 2;

    /// <summary>The longest DATA_CHANNEL_OPEN that we write.</summary>
    public const int MaxOpenLength = FixedLength + (2 * DataChannelParameters.MaxNameLength);

    private const int FixedLength = 12;
    private const byte Unordered = 0x80;
    private const byte Reliable = 0;
    private const byte LimitedRetransmits = 1;
    private const byte LimitedLifetime = 2;

    /// <summary>Gets a DATA_CHANNEL_ACK.</summary>
    public static ReadOnlySpan<byte> Ack => [AckType];

    /// <summary>Reads a DATA_CHANNEL_OPEN.</summary>
    public static PacketFault TryParseOpen(ReadOnlySpan<byte> message, out DataChannelParameters parameters)
    {
        parameters = null!;
        if (message.Length < FixedLength || message[0] != OpenType)
        {
            return PacketFault.DataChannelMalformed;
        }

        var labelLength = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        var protocolLength = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        if (FixedLength + labelLength + protocolLength != message.Length)
        {
            return PacketFault.DataChannelMalformed;
        }

        if (Math.Max(labelLength, protocolLength) > DataChannelParameters.MaxNameLength)
        {
            return PacketFault.TooLarge;
        }

        var limit = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        var kind = message[1] & ~Unordered;
        if (kind > LimitedLifetime)
        {
            return PacketFault.DataChannelMalformed;
        }

        parameters = new()
        {
            Label = Encoding.UTF8.GetString(message.Slice(FixedLength, labelLength)),
            Protocol = Encoding.UTF8.GetString(message[(FixedLength + labelLength)..]),
            Ordered = (message[1] & Unordered) == 0,
            MaxRetransmits = kind == LimitedRetransmits ? (ushort)Math.Min(limit, ushort.MaxValue) : null,
            MaxPacketLifeTime = kind == LimitedLifetime ? TimeSpan.FromMilliseconds(limit) : null,
            Priority = BinaryPrimitives.ReadUInt16BigEndian(message[2..]),
        };
        return PacketFault.None;
    }

    /// <summary>Writes a DATA_CHANNEL_OPEN.</summary>
    /// <param name="parameters">Names of at most <see cref="DataChannelParameters.MaxNameLength"/> bytes each.</param>
    /// <param name="destination">At least <see cref="MaxOpenLength"/> bytes.</param>
    /// <returns>How many were written.</returns>
    public static int WriteOpen(DataChannelParameters parameters, Span<byte> destination)
    {
        var (kind, limit) = parameters switch
        {
            { MaxRetransmits: { } retransmits } => (LimitedRetransmits, retransmits),
            { MaxPacketLifeTime: { } lifetime } => (LimitedLifetime, (uint)lifetime.TotalMilliseconds),
            _ => (Reliable, 0u),
        };
        destination[0] = OpenType;
        destination[1] = (byte)(kind | (parameters.Ordered ? 0 : Unordered));
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], parameters.Priority);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], limit);
        var label = Encoding.UTF8.GetBytes(parameters.Label, destination[FixedLength..]);
        var protocol = Encoding.UTF8.GetBytes(parameters.Protocol, destination[(FixedLength + label)..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], (ushort)label);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], (ushort)protocol);
        return FixedLength + label + protocol;
    }
}
