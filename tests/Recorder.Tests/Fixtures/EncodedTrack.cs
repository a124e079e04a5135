using System.Buffers.Binary;
using System.Collections.Concurrent;
using EventMeet.Media.Codecs;
using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Tests.Fixtures;

/// <summary>A track that ffmpeg encoded, cut into frames as they go into a file.</summary>
/// <param name="Format">What the file says of it.</param>
/// <param name="Frames">In order of time.</param>
internal sealed record EncodedTrack(TrackFormat Format, IReadOnlyList<EncodedFrame> Frames)
{
    public const int FrameRate = 25;

    private static readonly ConcurrentDictionary<string, Task<EncodedTrack>> Made = new();

    public static TheoryData<CodecKind> Codecs =>
        [CodecKind.Opus, CodecKind.Vp8, CodecKind.Vp9, CodecKind.H264, CodecKind.Av1];

    /// <summary>Two seconds of a moving test picture of 128 by 96, or of a tone; a key frame each second.</summary>
    public static Task<EncodedTrack> OfAsync(CodecKind codec) =>
        codec == CodecKind.Opus
            ? AudioAsync("sine=frequency=440:sample_rate=48000:duration=2", 2)
            : VideoAsync(codec, $"testsrc2=size=128x96:rate={FrameRate}:duration=2", FrameRate);

    public static Task<EncodedTrack> VideoAsync(CodecKind codec, string source, int keyFrameInterval) =>
        Made.GetOrAdd($"{codec} {source} {keyFrameInterval}", _ => EncodeVideoAsync(codec, source, keyFrameInterval));

    public static Task<EncodedTrack> AudioAsync(string source, int channels) =>
        Made.GetOrAdd($"Opus {source} {channels}", _ => EncodeAudioAsync(source, channels));

    private static async Task<EncodedTrack> EncodeVideoAsync(CodecKind codec, string source, int keyFrameInterval)
    {
        var g = $"{keyFrameInterval}";
        string[] input =
        [
            "-f",
            "lavfi",
            "-i",
            source,
            "-pix_fmt",
            "yuv420p",
            "-g",
            g,
            "-keyint_min",
            g,
            "-threads",
            "1",
        ];
        string[] encoder = codec switch
        {
            CodecKind.Vp8 =>
            [
                "-c:v",
                "libvpx",
                "-deadline",
                "realtime",
                "-cpu-used",
                "8",
                "-lag-in-frames",
                "0",
                "-b:v",
                "1M",
            ],
            CodecKind.Vp9 =>
            [
                "-c:v",
                "libvpx-vp9",
                "-deadline",
                "realtime",
                "-cpu-used",
                "8",
                "-lag-in-frames",
                "0",
                "-b:v",
                "1M",
            ],
            CodecKind.Av1 =>
            [
                "-c:v",
                "libaom-av1",
                "-usage",
                "realtime",
                "-cpu-used",
                "8",
                "-lag-in-frames",
                "0",
                "-b:v",
                "500k",
            ],
            _ =>
            [
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-tune",
                "zerolatency",
                "-profile:v",
                "high",
                "-sc_threshold",
                "0",
                "-forced-idr",
                "1",
            ],
        };
        string[] container =
            codec == CodecKind.H264 ? ["-bsf:v", "h264_metadata=aud=insert", "-f", "h264", "-"] : ["-f", "ivf", "-"];
        var bytes = await Tool.FfmpegAsync([.. input, .. encoder, .. container]);
        return codec == CodecKind.H264 ? FromAnnexB(bytes) : FromIvf(codec, bytes);
    }

    private static async Task<EncodedTrack> EncodeAudioAsync(string source, int channels) =>
        FromOgg(
            await Tool.FfmpegAsync(
                "-f",
                "lavfi",
                "-i",
                source,
                "-ac",
                $"{channels}",
                "-c:a",
                "libopus",
                "-b:a",
                "48k",
                "-f",
                "ogg",
                "-"
            ),
            channels
        );

    // 32 bytes of file header; then per frame size (32), timestamp (64), data; little-endian.
    private static EncodedTrack FromIvf(CodecKind codec, byte[] file)
    {
        var size = new PictureSize(
            BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(12)),
            BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(14))
        );
        var frames = new List<EncodedFrame>();
        TrackFormat? av1 = null;
        for (var offset = 32; offset < file.Length; )
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(offset));
            var data = file.AsMemory(offset + 12, length);
            offset += 12 + length;
            var isKeyFrame = codec switch
            {
                CodecKind.Vp8 => (data.Span[0] & 1) == 0,
                CodecKind.Vp9 => (data.Span[0] & 0x04) == 0,
                _ => Av1Units(data.Span).Any(unit => unit.Type == 1),
            };
            if (codec == CodecKind.Av1)
            {
                // The temporal delimiter is left out of the file (AV1 in Matroska).
                var units = Av1Units(data.Span).Where(unit => unit.Type != 2).ToList();
                av1 ??= Av1Format(data.Span, units);
                data = units
                    .SelectMany(unit => file.AsMemory(offset - length + unit.Offset, unit.Length).ToArray())
                    .ToArray();
            }

            frames.Add(new(TimeSpan.FromSeconds((double)frames.Count / FrameRate), isKeyFrame, data));
        }

        return new(
            codec switch
            {
                CodecKind.Vp8 => TrackFormat.Vp8(size),
                CodecKind.Vp9 => TrackFormat.Vp9(size),
                _ => av1!,
            },
            frames
        );
    }

    private static TrackFormat Av1Format(ReadOnlySpan<byte> data, List<(int Type, int Offset, int Length)> units)
    {
        var header = units.First(unit => unit.Type == 1);
        var unit = data.Slice(header.Offset, header.Length);
        Assert.Equal(default, Av1Sequence.TryParse(unit[2..], out var parsed));
        return TrackFormat.Av1(unit, parsed);
    }

    /// <summary>The OBUs of a temporal unit; all have sizes, and these are small.</summary>
    public static List<(int Type, int Offset, int Length)> Av1Units(ReadOnlySpan<byte> data)
    {
        var units = new List<(int, int, int)>();
        for (var offset = 0; offset < data.Length; )
        {
            var position = offset + 1;
            var (size, shift) = (0, 0);
            do
            {
                size |= (data[position] & 0x7F) << shift;
                shift += 7;
            } while ((data[position++] & 0x80) != 0);

            units.Add(((data[offset] >> 3) & 15, offset, position - offset + size));
            offset = position + size;
        }

        return units;
    }

    private static EncodedTrack FromAnnexB(byte[] file)
    {
        var frames = new List<EncodedFrame>();
        var pending = new List<byte[]>();
        byte[]? sequence = null;
        byte[]? picture = null;
        foreach (var unit in Units(file).Append([9]))
        {
            var type = unit[0] & 0x1F;
            sequence ??= type == 7 ? unit : null;
            picture ??= type == 8 ? unit : null;
            if (type == 9)
            {
                if (pending.Count > 0)
                {
                    frames.Add(
                        new(
                            TimeSpan.FromSeconds((double)frames.Count / FrameRate),
                            pending.Any(nal => (nal[0] & 0x1F) == 5),
                            LengthPrefixed(pending)
                        )
                    );
                    pending.Clear();
                }

                continue;
            }

            pending.Add(unit);
        }

        Assert.Equal(default, H264Sequence.TryParse(sequence, out var parsed));
        return new(TrackFormat.H264(sequence, picture, parsed), frames);
    }

    private static byte[] LengthPrefixed(List<byte[]> units) =>
        [
            .. units.SelectMany(unit =>
                (byte[])
                    [
                        (byte)(unit.Length >> 24),
                        (byte)(unit.Length >> 16),
                        (byte)(unit.Length >> 8),
                        (byte)unit.Length,
                        .. unit,
                    ]
            ),
        ];

    private static IEnumerable<byte[]> Units(byte[] file)
    {
        var start = -1;
        for (var offset = 0; offset + 3 <= file.Length; offset++)
        {
            if (file[offset] == 0 && file[offset + 1] == 0 && file[offset + 2] == 1)
            {
                if (start >= 0)
                {
                    yield return file[start..offset].AsSpan().TrimEnd((byte)0).ToArray();
                }

                start = offset + 3;
            }
        }

        yield return file[start..];
    }

    // RFC 3533: pages of segments of up to 255 bytes; a packet ends at a segment that is shorter. The first two are headers.
    private static EncodedTrack FromOgg(byte[] file, int channels)
    {
        var packets = new List<byte[]>();
        var pending = new List<byte>();
        for (var offset = 0; offset < file.Length; )
        {
            var segments = file.AsSpan(offset + 27, file[offset + 26]).ToArray();
            offset += 27 + segments.Length;
            foreach (var segment in segments)
            {
                pending.AddRange(file[offset..(offset + segment)]);
                offset += segment;
                if (segment < 255)
                {
                    packets.Add([.. pending]);
                    pending.Clear();
                }
            }
        }

        return new(
            TrackFormat.Opus(channels),
            [
                .. packets
                    .Skip(2)
                    .Select(
                        (packet, position) => new EncodedFrame(TimeSpan.FromMilliseconds(position * 20), true, packet)
                    ),
            ]
        );
    }
}

internal sealed record EncodedFrame(TimeSpan At, bool IsKeyFrame, ReadOnlyMemory<byte> Data);
