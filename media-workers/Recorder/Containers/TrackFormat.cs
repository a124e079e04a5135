using System.Buffers.Binary;
using EventMeet.Media.Codecs;
using EventMeet.Recorder.Bitstreams;

namespace EventMeet.Recorder.Containers;

/// <summary>What a file must say of its track before the first frame.</summary>
internal sealed record TrackFormat
{
    /// <summary>Opus always counts and decodes at 48 kHz (RFC 7587 section 4.1).</summary>
    public const int AudioClockRate = 48_000;

    // What libopus, and so every browser, looks ahead; a decoder throws as much away (RFC 7845 section 4.2).
    private const int PreSkip = 312; // samples

    /// <summary>Gets the codec.</summary>
    public required CodecKind Codec { get; init; }

    /// <summary>Gets the codec's name in Matroska (RFC 9559 section 5.1.4.1.21; WebM container guidelines).</summary>
    public required string CodecId { get; init; }

    /// <summary>Gets what a decoder must know first; empty where the frames say it themselves.</summary>
    public ReadOnlyMemory<byte> CodecPrivate { get; init; }

    /// <summary>Gets the pictures' width in pixels at the file's start; 0 for audio.</summary>
    public int Width { get; init; }

    /// <summary>Gets their height in pixels at the file's start; 0 for audio.</summary>
    public int Height { get; init; }

    /// <summary>Gets how many channels there are; 0 for video.</summary>
    public int Channels { get; init; }

    /// <summary>Gets a value indicating whether it is video.</summary>
    public bool IsVideo => Channels == 0;

    /// <summary>Gets how much the decoder throws away at the start.</summary>
    public TimeSpan CodecDelay => IsVideo ? TimeSpan.Zero : TimeSpan.FromSeconds((double)PreSkip / AudioClockRate);

    /// <summary>Gets how much must be decoded before a place that is sought (RFC 7845 section 4.6).</summary>
    public TimeSpan SeekPreRoll => IsVideo ? TimeSpan.Zero : TimeSpan.FromMilliseconds(80);

    /// <summary>Gets the EBML document type: WebM where the codec is one of WebM's.</summary>
    public string DocType => Codec == CodecKind.H264 ? "matroska" : "webm";

    /// <summary>Gets the ending of a file's name.</summary>
    public string FileExtension =>
        Codec == CodecKind.H264 ? ".mkv"
        : IsVideo ? ".webm"
        : ".weba";

    /// <summary>Gets the media type of a file.</summary>
    public string ContentType =>
        Codec == CodecKind.H264 ? "video/matroska"
        : IsVideo ? "video/webm"
        : "audio/webm";

    /// <summary>Opus.</summary>
    /// <param name="channels">1 or 2.</param>
    public static TrackFormat Opus(int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, 2);
        // RFC 7845 section 5.1: magic, version, channels, pre-skip, input rate, gain, mapping family; little-endian.
        var head = new byte[19];
        "OpusHead"u8.CopyTo(head);
        head[8] = 1;
        head[9] = (byte)channels;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(10), PreSkip);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), AudioClockRate);
        return new()
        {
            Codec = CodecKind.Opus,
            CodecId = "A_OPUS",
            CodecPrivate = head,
            Channels = channels,
        };
    }

    /// <summary>VP8.</summary>
    public static TrackFormat Vp8(PictureSize size) => Video(CodecKind.Vp8, "V_VP8", size, default);

    /// <summary>VP9.</summary>
    public static TrackFormat Vp9(PictureSize size) => Video(CodecKind.Vp9, "V_VP9", size, default);

    /// <summary>H.264 with length-prefixed NAL units.</summary>
    /// <param name="sequence">The SPS, one NAL unit.</param>
    /// <param name="picture">The PPS, one NAL unit.</param>
    /// <param name="parsed">What the SPS says.</param>
    public static TrackFormat H264(ReadOnlySpan<byte> sequence, ReadOnlySpan<byte> picture, in H264Sequence parsed) =>
        Video(CodecKind.H264, "V_MPEG4/ISO/AVC", parsed.Size, AvcConfiguration.Build(sequence, picture, parsed));

    /// <summary>AV1.</summary>
    /// <param name="sequenceHeader">The sequence header OBU, its header and size included.</param>
    /// <param name="parsed">What it says.</param>
    public static TrackFormat Av1(ReadOnlySpan<byte> sequenceHeader, in Av1Sequence parsed) =>
        Video(CodecKind.Av1, "V_AV1", parsed.Size, Av1Configuration.Build(sequenceHeader, parsed));

    private static TrackFormat Video(CodecKind codec, string id, PictureSize size, ReadOnlyMemory<byte> codecPrivate) =>
        new()
        {
            Codec = codec,
            CodecId = id,
            CodecPrivate = codecPrivate,
            Width = size.Width,
            Height = size.Height,
        };
}
