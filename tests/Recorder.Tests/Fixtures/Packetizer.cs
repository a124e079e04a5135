using System.Buffers.Binary;
using EventMeet.Media.Codecs;

namespace EventMeet.Recorder.Tests.Fixtures;

/// <summary>Cuts frames into RTP packets as a browser does.</summary>
internal sealed class Packetizer(
    CodecKind codec,
    ushort firstSequenceNumber = 65_500,
    uint firstTimestamp = uint.MaxValue - 9000
)
{
    private const int PayloadLength = 300;

    private ushort _sequenceNumber = firstSequenceNumber;

    public int ClockRate => codec == CodecKind.Opus ? 48_000 : 90_000;

    public uint TimestampAt(TimeSpan at) => firstTimestamp + (uint)(long)Math.Round(at.TotalSeconds * ClockRate);

    public List<byte[]> Cut(EncodedFrame frame)
    {
        var payloads = codec switch
        {
            CodecKind.Opus => [frame.Data.ToArray()],
            CodecKind.Vp8 => Vp8(frame.Data.Span),
            CodecKind.Vp9 => Vp9(frame.Data.Span, frame.IsKeyFrame),
            CodecKind.H264 => H264(frame.Data.Span),
            _ => Av1(frame.Data.Span, frame.IsKeyFrame),
        };
        return
        [
            .. payloads.Select(
                (payload, position) =>
                    Packet(frame.At, codec != CodecKind.Opus && position == payloads.Count - 1, payload)
            ),
        ];
    }

    public byte[] Packet(TimeSpan at, bool marker, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[12 + payload.Length];
        packet[0] = 0x80;
        packet[1] = (byte)((marker ? 0x80 : 0) | 96);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), _sequenceNumber++);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), TimestampAt(at));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), 0x1234);
        payload.CopyTo(packet.AsSpan(12));
        return packet;
    }

    private static List<byte[]> Vp8(ReadOnlySpan<byte> frame) =>
        Pieces(frame, (piece, isFirst, _) => [(byte)(isFirst ? 0x90 : 0x80), 0x80, 0x81, 0x23, .. piece]);

    private static List<byte[]> Vp9(ReadOnlySpan<byte> frame, bool isKeyFrame) =>
        Pieces(
            frame,
            (piece, isFirst, isLast) =>
                [
                    (byte)(
                        0x80
                        | (isKeyFrame ? 0 : 0x40)
                        | (isFirst ? 0x08 : 0)
                        | (isLast ? 0x04 : 0)
                        | (isKeyFrame && isFirst ? 0x02 : 0)
                    ),
                    0x81,
                    0x23,
                    // One spatial layer with its size.
                    .. isKeyFrame && isFirst ? (byte[])[0x10, 0, 128, 0, 96] : [],
                    .. piece,
                ]
        );

    private static List<byte[]> H264(ReadOnlySpan<byte> frame)
    {
        var payloads = new List<byte[]>();
        var aggregate = new List<byte>();
        while (!frame.IsEmpty)
        {
            var unit = frame.Slice(4, BinaryPrimitives.ReadInt32BigEndian(frame)).ToArray();
            frame = frame[(4 + unit.Length)..];
            if (unit.Length <= PayloadLength / 3)
            {
                aggregate.AddRange([(byte)(unit.Length >> 8), (byte)unit.Length, .. unit]);
                continue;
            }

            if (aggregate.Count > 0)
            {
                payloads.Add([24, .. aggregate]);
                aggregate.Clear();
            }

            payloads.AddRange(
                unit.Length <= PayloadLength
                    ? [unit]
                    : Pieces(
                        unit.AsSpan(1),
                        (piece, isFirst, isLast) =>
                            [
                                (byte)((unit[0] & 0xE0) | 28),
                                (byte)((isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0) | (unit[0] & 0x1F)),
                                .. piece,
                            ]
                    )
            );
        }

        if (aggregate.Count > 0)
        {
            payloads.Add([24, .. aggregate]);
        }

        return payloads;
    }

    // Every element with its length, two to a packet where they fit; the temporal delimiter comes along as browsers send none.
    private static List<byte[]> Av1(ReadOnlySpan<byte> frame, bool isKeyFrame)
    {
        var bytes = new List<byte>();
        var starts = new HashSet<int>();
        foreach (var (_, offset, length) in EncodedTrack.Av1Units(frame))
        {
            var lengthBytes = 1;
            while ((frame[offset + lengthBytes] & 0x80) != 0)
            {
                lengthBytes++;
            }

            starts.Add(bytes.Count);
            bytes.Add((byte)(frame[offset] & ~0x02));
            bytes.AddRange(frame.Slice(offset + 1 + lengthBytes, length - 1 - lengthBytes));
        }

        var payloads = new List<byte[]>();
        for (var offset = 0; offset < bytes.Count; )
        {
            var end = Math.Min(offset + PayloadLength, bytes.Count);
            var cuts = starts.Where(start => start > offset && start < end).Append(end).Order().ToList();
            var packet = new List<byte>
            {
                (byte)(
                    (starts.Contains(offset) ? 0 : 0x80)
                    | (starts.Contains(end) || end == bytes.Count ? 0 : 0x40)
                    | (isKeyFrame && offset == 0 ? 0x08 : 0)
                ),
            };
            var from = offset;
            foreach (var cut in cuts)
            {
                packet.AddRange([(byte)(((cut - from) & 0x7F) | 0x80), (byte)((cut - from) >> 7), .. bytes[from..cut]]);
                from = cut;
            }

            payloads.Add([.. packet]);
            offset = end;
        }

        return payloads;
    }

    private static List<byte[]> Pieces(ReadOnlySpan<byte> bytes, Func<byte[], bool, bool, byte[]> wrap)
    {
        var payloads = new List<byte[]>();
        for (var offset = 0; offset < bytes.Length; offset += PayloadLength)
        {
            var piece = bytes[offset..Math.Min(offset + PayloadLength, bytes.Length)].ToArray();
            payloads.Add(wrap(piece, offset == 0, offset + piece.Length == bytes.Length));
        }

        return payloads;
    }
}
