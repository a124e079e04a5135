using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;

namespace EventMeet.Recorder.Depacketization;

/// <summary>Puts the packets of one track, which come in order, together to frames. Hands out only frames that are whole and can be decoded with what was handed out before.</summary>
internal abstract class Depacketizer
{
    private readonly Queue<AssembledFrame> _ready = [];

    /// <summary>Gets a value indicating whether nothing can be handed out until a key frame comes.</summary>
    public abstract bool NeedsKeyFrame { get; }

    /// <summary>The one for a codec.</summary>
    /// <param name="codec">Opus, redundant Opus, VP8, VP9, H.264 or AV1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is another one, which cannot be recorded.</exception>
    public static Depacketizer For(CodecKind codec) =>
        codec switch
        {
            CodecKind.Opus => new OpusDepacketizer(),
            CodecKind.Red => new RedDepacketizer(),
            CodecKind.Vp8 => new Vp8Depacketizer(),
            CodecKind.Vp9 => new Vp9Depacketizer(),
            CodecKind.H264 => new H264Depacketizer(),
            CodecKind.Av1 => new Av1Depacketizer(),
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "This codec cannot be recorded."),
        };

    /// <summary>Takes the next packet.</summary>
    /// <param name="timestamp">Unwrapped.</param>
    /// <param name="marker">The M bit.</param>
    /// <param name="payload">Without padding; not empty.</param>
    public abstract PacketFault HandlePacket(long timestamp, bool marker, ReadOnlySpan<byte> payload);

    /// <summary>Packets before the next one are lost.</summary>
    public abstract void HandleLoss();

    /// <summary>No more packets come.</summary>
    public abstract void Finish();

    /// <summary>Takes a frame that is whole.</summary>
    public bool TryTakeFrame(out AssembledFrame frame) => _ready.TryDequeue(out frame);

    /// <summary>Lets a frame be taken.</summary>
    protected void HandOut(in AssembledFrame frame) => _ready.Enqueue(frame);
}
