/*  RFC 6184 sections 5.6, 5.7.1, 5.8

    single NAL unit   | F NRI type 1-23 | ... |
    STAP-A            | F NRI type 24   | size (16) NAL unit | size (16) NAL unit | ...
    FU-A              | F NRI type 28   | S E R type | fragment |

    in the file (ISO/IEC 14496-15 section 5.3.3): size (32) NAL unit | size (32) NAL unit | ...
*/
using System.Buffers;
using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>H.264 in packetization modes 0 and 1: NAL units behind their lengths; parameter sets stay in the frames as well.</summary>
internal sealed class H264Depacketizer : VideoDepacketizer
{
    private const int Idr = 5;
    private const int SequenceParameters = 7;
    private const int PictureParameters = 8;
    private const int AccessUnitDelimiter = 9;
    private const int Filler = 12;
    private const int StapA = 24;
    private const int FuA = 28;
    private const int PrefixLength = 4;

    private readonly ArrayBufferWriter<byte> _fragments = new();
    private byte[] _sequence = [];
    private byte[] _picture = [];
    private bool _inside;
    private bool _hasIdr;
    private bool _hasStart;

    /// <inheritdoc/>
    protected override void Reset() => (_inside, _hasIdr, _hasStart) = (false, false, false);

    /// <inheritdoc/>
    protected override PacketFault Append(ReadOnlySpan<byte> payload)
    {
        var type = payload[0] & 0x1F;
        if (_inside && type != FuA)
        {
            return PacketFault.RtpMalformedPayload;
        }

        return type switch
        {
            >= 1 and < StapA => TakeUnit(payload),
            StapA => TakeAggregate(payload[1..]),
            FuA => TakeFragment(payload),
            _ => PacketFault.RtpMalformedPayload,
        };
    }

    /// <inheritdoc/>
    protected override bool TryComplete(out bool isKeyFrame)
    {
        isKeyFrame = _hasIdr && _hasStart && _sequence.Length > 0 && _picture.Length > 0;
        return !_inside;
    }

    /// <inheritdoc/>
    protected override bool TryDescribe(out TrackFormat format, out PictureSize size)
    {
        var fault = H264Sequence.TryParse(_sequence, out var parsed);
        size = parsed.Size;
        format = TrackFormat.H264(_sequence, _picture, parsed);
        return fault == PacketFault.None;
    }

    private PacketFault TakeAggregate(ReadOnlySpan<byte> units)
    {
        while (!units.IsEmpty)
        {
            var size = units.Length > 2 ? BinaryPrimitives.ReadUInt16BigEndian(units) : 0;
            if (size == 0 || size > units.Length - 2)
            {
                return PacketFault.RtpMalformedPayload;
            }

            var fault = TakeUnit(units.Slice(2, size));
            if (fault != PacketFault.None)
            {
                return fault;
            }

            units = units[(2 + size)..];
        }

        return PacketFault.None;
    }

    private PacketFault TakeFragment(ReadOnlySpan<byte> payload)
    {
        var starts = payload.Length > 1 && (payload[1] & 0x80) != 0;
        if (payload.Length < 3 || starts == _inside)
        {
            return PacketFault.RtpMalformedPayload;
        }

        if (starts)
        {
            _fragments.ResetWrittenCount();
            _fragments.Write([(byte)((payload[0] & 0xE0) | (payload[1] & 0x1F))]);
        }

        _fragments.Write(payload[2..]);
        _inside = (payload[1] & 0x40) == 0;
        return _inside ? PacketFault.None : TakeUnit(_fragments.WrittenSpan);
    }

    private PacketFault TakeUnit(ReadOnlySpan<byte> unit)
    {
        var type = unit[0] & 0x1F;
        switch (type)
        {
            case AccessUnitDelimiter or Filler:
                return PacketFault.None;
            case 0 or >= StapA:
                return PacketFault.RtpMalformedPayload;
            case SequenceParameters when unit.Length > ushort.MaxValue:
            case PictureParameters when unit.Length > ushort.MaxValue:
                return PacketFault.TooLarge;
            case SequenceParameters:
                Keep(ref _sequence, unit);
                break;
            case PictureParameters:
                Keep(ref _picture, unit);
                break;
            case Idr:
                _hasIdr = true;
                // first_mb_in_slice is 0 (one bit): nothing of the picture is missing in front (ISO/IEC 14496-10 section 7.4.3).
                _hasStart |= unit.Length > 1 && (unit[1] & 0x80) != 0;
                break;
            default:
                break;
        }

        BinaryPrimitives.WriteInt32BigEndian(Frame.GetSpan(PrefixLength), unit.Length);
        Frame.Advance(PrefixLength);
        Frame.Write(unit);
        return PacketFault.None;
    }

    private static void Keep(ref byte[] parameters, ReadOnlySpan<byte> unit)
    {
        if (!unit.SequenceEqual(parameters))
        {
            parameters = unit.ToArray();
        }
    }
}
