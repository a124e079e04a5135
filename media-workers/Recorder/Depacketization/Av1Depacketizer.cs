/*  AV1 RTP specification sections 4.3 to 4.5

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+   Z: the first element goes on from the packet before; Y: the last one goes on in the next
    |Z|Y| W |N|-|-|-|   W: how many elements, the last without a length; 0: any number, each with a length (leb128)
    +-+-+-+-+-+-+-+-+   N: a coded video sequence starts

    in the file (AV1 specification section 5.3): | 0 type (4) extension (1) 1 - | extension byte | size (leb128) | payload |
*/
using System.Buffers;
using EventMeet.Media.Packets;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>AV1: the OBUs of a temporal unit, each with its size, without temporal delimiters (AV1 in Matroska).</summary>
internal sealed class Av1Depacketizer : VideoDepacketizer
{
    private const int SequenceHeader = 1;
    private const int TemporalDelimiter = 2;
    private const int TileList = 8;
    private const int Padding = 15;
    private const int LongestLength = 5; // bytes of leb128; more than any frame needs

    private readonly ArrayBufferWriter<byte> _unit = new();
    private byte[] _sequenceHeader = [];
    private Av1Sequence _sequence;
    private bool _inside;
    private bool _isKeyFrame;

    /// <inheritdoc/>
    protected override void Reset()
    {
        (_inside, _isKeyFrame) = (false, false);
        _unit.ResetWrittenCount();
    }

    /// <inheritdoc/>
    protected override PacketFault Append(ReadOnlySpan<byte> payload)
    {
        var header = payload[0];
        var elements = payload[1..];
        if ((header & 0x80) != 0 != _inside)
        {
            return PacketFault.RtpMalformedPayload;
        }

        var count = (header >> 4) & 3;
        for (var position = 1; !elements.IsEmpty; position++)
        {
            var length = elements.Length;
            if (position != count && !TryReadLength(ref elements, out length))
            {
                return PacketFault.RtpMalformedPayload;
            }

            _unit.Write(elements[..length]);
            elements = elements[length..];
            _inside = elements.IsEmpty && (header & 0x40) != 0;
            if (_inside)
            {
                break;
            }

            var fault = TakeUnit(_unit.WrittenSpan);
            _unit.ResetWrittenCount();
            if (fault != PacketFault.None)
            {
                return fault;
            }
        }

        return PacketFault.None;
    }

    /// <inheritdoc/>
    protected override bool TryComplete(out bool isKeyFrame)
    {
        isKeyFrame = _isKeyFrame;
        return !_inside;
    }

    /// <inheritdoc/>
    protected override bool TryDescribe(out TrackFormat format, out PictureSize size)
    {
        (format, size) = (TrackFormat.Av1(_sequenceHeader, _sequence), _sequence.Size);
        return true;
    }

    private PacketFault TakeUnit(ReadOnlySpan<byte> unit)
    {
        if (unit.IsEmpty)
        {
            return PacketFault.None;
        }

        var type = (unit[0] >> 3) & 15;
        var headerLength = (unit[0] & 0x04) != 0 ? 2 : 1;
        if (unit.Length < headerLength || (unit[0] & 0x80) != 0)
        {
            return PacketFault.RtpMalformedPayload;
        }

        var payload = unit[headerLength..];
        // A sender should leave the size out, but may not (section 4.5).
        if ((unit[0] & 0x02) != 0)
        {
            if (!TryReadLength(ref payload, out var size))
            {
                return PacketFault.RtpMalformedPayload;
            }

            payload = payload[..size];
        }

        if (type is TemporalDelimiter or TileList or Padding)
        {
            return PacketFault.None;
        }

        var start = Frame.WrittenCount;
        Frame.Write([(byte)(unit[0] | 0x02)]);
        Frame.Write(unit[1..headerLength]);
        WriteLength(payload.Length);
        Frame.Write(payload);
        if (type != SequenceHeader)
        {
            return PacketFault.None;
        }

        _isKeyFrame = true;
        _sequenceHeader = Frame.WrittenSpan[start..].ToArray();
        return Av1Sequence.TryParse(payload, out _sequence);
    }

    private static bool TryReadLength(ref ReadOnlySpan<byte> bytes, out int length)
    {
        var value = 0L;
        for (var position = 0; position < Math.Min(bytes.Length, LongestLength); position++)
        {
            value |= (long)(bytes[position] & 0x7F) << (7 * position);
            if ((bytes[position] & 0x80) == 0)
            {
                bytes = bytes[(position + 1)..];
                length = (int)Math.Min(value, int.MaxValue);
                return value <= bytes.Length;
            }
        }

        length = 0;
        return false;
    }

    private void WriteLength(int length)
    {
        var rest = (uint)length;
        do
        {
            Frame.Write([(byte)((rest & 0x7F) | (rest > 0x7F ? 0x80U : 0))]);
            rest >>= 7;
        } while (rest != 0);
    }
}
