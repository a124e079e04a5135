using System.Buffers.Binary;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Ice;

/*  RFC 4571 section 2:   |  LENGTH (16)  |  one packet of that many bytes  |                                            */

/// <summary>
/// Cuts the byte stream of one ICE-TCP connection into packets (RFC 6544 section 10.1). A packet that lies whole in what
/// was received is given without a copy; only one that is spread over receptions is put together.
/// </summary>
/// <param name="maxPacketLength">The longest packet taken, in bytes; a longer one ends the connection.</param>
public sealed class TcpFramer(int maxPacketLength = TcpFramer.DefaultMaxPacketLength)
{
    /// <summary>What a media path carries at most, in bytes.</summary>
    public const int DefaultMaxPacketLength = 1500;

    /// <summary>The length of the length, in bytes.</summary>
    public const int HeaderLength = sizeof(ushort);

    private byte[] _partial = [];
    private int _partialLength;

    /// <summary>Writes the length that goes before a packet.</summary>
    /// <param name="destination">At least <see cref="HeaderLength"/> bytes.</param>
    /// <param name="packetLength">0 to 65535.</param>
    public static void WriteHeader(Span<byte> destination, int packetLength) =>
        BinaryPrimitives.WriteUInt16BigEndian(destination, checked((ushort)packetLength));

    /// <summary>Takes the next packet out of what was received.</summary>
    /// <param name="received">What is left of it; shortened by what was consumed, empty when false is returned.</param>
    /// <param name="packet">The packet; valid until the next call and as long as what was received.</param>
    /// <param name="fault">
    /// <see cref="PacketFault.TooLarge"/> when the stream announces a packet beyond the cap: it cannot be followed any
    /// further, close the connection.
    /// </param>
    public bool TryTakePacket(ref ReadOnlySpan<byte> received, out ReadOnlySpan<byte> packet, out PacketFault fault)
    {
        packet = default;
        fault = PacketFault.None;
        while (!received.IsEmpty)
        {
            if (_partialLength == 0 && TryCut(ref received, out packet))
            {
                // RFC 4571 section 2 allows empty packets; they mean nothing.
                if (!packet.IsEmpty)
                {
                    return true;
                }

                continue;
            }

            if (!TryGather(ref received, HeaderLength))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(_partial);
            if (length > maxPacketLength)
            {
                received = default;
                fault = PacketFault.TooLarge;
                return false;
            }

            if (!TryGather(ref received, HeaderLength + length))
            {
                return false;
            }

            _partialLength = 0;
            packet = _partial.AsSpan(HeaderLength, length);
            if (!packet.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryCut(ref ReadOnlySpan<byte> received, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (received.Length < HeaderLength)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(received);
        if (length > maxPacketLength || received.Length < HeaderLength + length)
        {
            return false;
        }

        packet = received.Slice(HeaderLength, length);
        received = received[(HeaderLength + length)..];
        return true;
    }

    private bool TryGather(ref ReadOnlySpan<byte> received, int wanted)
    {
        if (_partial.Length == 0)
        {
            _partial = new byte[HeaderLength + maxPacketLength];
        }

        var taken = Math.Clamp(wanted - _partialLength, 0, received.Length);
        received[..taken].CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += taken;
        received = received[taken..];
        return _partialLength >= wanted;
    }
}
