using System.Buffers.Binary;
using EventMeet.Media.Codecs;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Testing.Peers;

namespace EventMeet.Benchmarks.LoadRunner;

/*  The content of a packet, after the VP8 descriptor and the frame's header:

    | magic (32) | sent at, microseconds of the runner's clock (64) | what was random once |

    The clock is read for each packet, right before it is encrypted and sent: sending those before it took time, too.
*/

/// <summary>A camera or microphone of a client: frames of the wanted rate, cut as libwebrtc cuts them.</summary>
internal sealed class PublishedStream
{
    /// <summary>Where the time stands in a packet's content, after the magic number.</summary>
    public const int StampLength = sizeof(uint) + sizeof(long);

    /// <summary>How a packet of ours is known.</summary>
    public const uint Magic = 0x4C4F_4144;

    private const int FrameHeaderLength = 10;
    private const int AudioLength = 100; // bytes: Opus at 40 kbit/s
    private const byte LoudAndVoiced = 0x80 | 30;

    // No encoder makes frames of one size: a fifth more or less.
    private const double Wobble = 0.2;

    private readonly LoadOptions _options;
    private readonly TimeSpan _interval;
    private readonly byte[] _payload = new byte[2048];
    private readonly Random _chance;
    private readonly uint _ticksPerFrame;
    private uint _frame;
    private bool _keyFrameIsDue = true;

    public PublishedStream(VirtualMedia media, LoadOptions options, int number)
    {
        _options = options;
        _chance = new Random(number);
        Kind = media.Kind;
        Stream = new OutgoingStream(media, media.Encodings[0], _chance);
        _chance.NextBytes(_payload);
        _interval =
            Kind is MediaKind.Audio
                ? TimeSpan.FromMilliseconds(20)
                : TimeSpan.FromSeconds(1.0 / options.FramesPerSecond);
        _ticksPerFrame = (uint)(_interval.Ticks * Stream.ClockRate / TimeSpan.TicksPerSecond);
    }

    public MediaKind Kind { get; }

    public OutgoingStream Stream { get; }

    /// <summary>Gets when the next frame is due; never before it starts.</summary>
    public MonotonicTime NextFrame { get; private set; } = MonotonicTime.Never;

    /// <summary>Begins within the next frame's time, so that not all publishers send at once.</summary>
    public void Start(MonotonicTime now) => NextFrame = now + (_interval * _chance.NextDouble());

    public bool HandleKeyFrameRequest(uint ssrc)
    {
        var isMine = Stream.Ssrc == ssrc;
        _keyFrameIsDue |= isMine;
        return isMine;
    }

    /// <summary>Sends one frame.</summary>
    /// <param name="client">Sends the packets.</param>
    /// <param name="clock">Tells when each of them is sent.</param>
    public void Send(LoadClient client, MonotonicClock clock)
    {
        var now = clock.Now;
        NextFrame += _interval;
        if (NextFrame < now)
        {
            // The runner was held up; it does not catch up with a burst.
            NextFrame = now + _interval;
        }

        var timestamp = _frame++ * _ticksPerFrame;
        if (Kind is MediaKind.Audio)
        {
            WriteStamp(_payload, now);
            client.Send(Stream, timestamp, marker: false, LoudAndVoiced, _payload.AsSpan(0, AudioLength), now);
            return;
        }

        SendPicture(client, timestamp, clock);
    }

    private void SendPicture(LoadClient client, uint timestamp, MonotonicClock clock)
    {
        var isKey = _keyFrameIsDue;
        _keyFrameIsDue = false;
        var size = 1 - Wobble + (2 * Wobble * _chance.NextDouble());
        var length = (int)(_options.BitsPerSecond / 8.0 / _options.FramesPerSecond * size * (isKey ? 2 : 1));
        var most = _options.PacketSize - Vp8Descriptor.MaxLength - FrameHeaderLength;
        var count = Math.Max(1, (length + most - 1) / most);
        for (var position = 0; position < count; position++)
        {
            // The pieces differ by a byte at most.
            var content = Math.Max(StampLength, (length / count) + (position < length % count ? 1 : 0));
            var start = WriteHeaders(isKey, position == 0);
            var now = clock.Now;
            WriteStamp(_payload.AsSpan(start), now);
            client.Send(
                Stream,
                timestamp,
                position == count - 1,
                level: null,
                _payload.AsSpan(0, start + content),
                now
            );
        }
    }

    private int WriteHeaders(bool isKey, bool isFirst)
    {
        var descriptor = new Vp8Descriptor
        {
            StartsPartition = isFirst,
            PictureIdBits = 15,
            PictureId = (ushort)(_frame & 0x7FFF),
            HasTl0PictureIndex = true,
            Tl0PictureIndex = (byte)_frame,
            HasTemporalId = true,
        };
        var length = descriptor.Write(_payload);
        if (!isFirst)
        {
            return length;
        }

        // RFC 6386 section 9.1: the frame tag, and for a key frame the start code and the size.
        var header = _payload.AsSpan(length, FrameHeaderLength);
        header[0] = (byte)((isKey ? 0 : 1) | 0x10);
        header[1] = header[2] = 1;
        if (!isKey)
        {
            return length + 3;
        }

        ReadOnlySpan<byte> startCode = [0x9D, 0x01, 0x2A];
        startCode.CopyTo(header[3..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 1280);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], 720);
        return length + FrameHeaderLength;
    }

    private static void WriteStamp(Span<byte> content, MonotonicTime now)
    {
        BinaryPrimitives.WriteUInt32BigEndian(content, Magic);
        BinaryPrimitives.WriteInt64BigEndian(content[sizeof(uint)..], now.Microseconds);
    }
}
