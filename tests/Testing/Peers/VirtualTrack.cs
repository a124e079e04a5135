using EventMeet.Media.Values;
using EventMeet.Testing.Content;

namespace EventMeet.Testing.Peers;

/// <summary>A camera or microphone of a synthetic participant: says what to send, and when.</summary>
internal sealed class VirtualTrack
{
    private static readonly TimeSpan AudioInterval = TimeSpan.FromMilliseconds(20);

    private readonly ushort _participant;
    private readonly byte _number;
    private readonly TimeSpan _interval;
    private readonly Encoder[] _encoders;
    private uint _frame;
    private long _tick;
    private MonotonicTime _start;

    public VirtualTrack(ushort participant, byte number, VirtualMedia media, int framesPerSecond, Random chance)
    {
        (_participant, _number, Media) = (participant, number, media);
        _interval = media.Kind is MediaKind.Audio ? AudioInterval : TimeSpan.FromSeconds(1.0 / framesPerSecond);
        _encoders =
        [
            .. media.Encodings.Select(encoding => new Encoder(
                encoding,
                new OutgoingStream(media, encoding, chance),
                framesPerSecond
            )
            {
                PictureId = (ushort)chance.Next(0x8000),
                Tl0PictureIndex = (byte)chance.Next(0x100),
                KeyIndex = (byte)chance.Next(0x20),
            }),
        ];
        NextTimeout = MonotonicTime.Never;
    }

    public VirtualMedia Media { get; }

    public IEnumerable<OutgoingStream> Streams => _encoders.Select(encoder => encoder.Stream);

    /// <summary>Gets when the next frame is due; never while nothing is sent.</summary>
    public MonotonicTime NextTimeout { get; private set; }

    /// <summary>Gets or sets how loud it is (RFC 6464): 0 is loudest, 127 silence.</summary>
    public byte AudioLevel { get; set; } = 30;

    /// <summary>Gets or sets how often a key frame comes unasked; zero for never.</summary>
    public TimeSpan KeyFrameInterval { get; set; }

    /// <summary>Gets the pictures to send, in every encoding the same; null for signed ones.</summary>
    public EncodedFilm? Film { get; init; }

    /// <summary>Gets or sets what is told of every frame that is sent: when it was due, and its content.</summary>
    public Action<MonotonicTime, ReadOnlyMemory<byte>>? Log { get; set; }

    /// <summary>Gets how many times a key frame was asked for.</summary>
    public int KeyFrameRequests { get; private set; }

    /// <summary>Gets when each request for a key frame came.</summary>
    public List<MonotonicTime> KeyFrameRequestTimes { get; } = [];

    public uint FramesSent => _frame;

    /// <summary>Begins to send, or goes on after a pause; video goes on with a key frame.</summary>
    public void Start(MonotonicTime now)
    {
        if (_frame == 0)
        {
            _start = now;
        }

        // The clock of the timestamps goes on while nothing is sent.
        _tick = (long)((now - _start) / _interval);
        NextTimeout = now;
        Array.ForEach(_encoders, encoder => encoder.KeyFrameIsDue = true);
    }

    /// <summary>Sends nothing more until started again.</summary>
    public void Stop() => NextTimeout = MonotonicTime.Never;

    /// <summary>Stops or starts one encoding, as a browser does when it has too little bandwidth.</summary>
    public void Enable(string rid, bool enabled)
    {
        var encoder = Array.Find(_encoders, each => string.Equals(each.Encoding.Rid, rid, StringComparison.Ordinal))!;
        encoder.IsOff = !enabled;
        encoder.KeyFrameIsDue = true;
    }

    /// <summary>The server wants a key frame of one stream.</summary>
    public bool HandleKeyFrameRequest(uint ssrc, MonotonicTime now)
    {
        var encoder = Array.Find(_encoders, each => each.Stream.Ssrc == ssrc);
        if (encoder is null)
        {
            return false;
        }

        KeyFrameRequests++;
        KeyFrameRequestTimes.Add(now);
        encoder.KeyFrameIsDue = true;
        return true;
    }

    /// <summary>Gives the packets of what is due now.</summary>
    public void Advance(MonotonicTime now, Action<OutgoingStream, uint, bool, byte?, byte[]> send)
    {
        while (now >= NextTimeout)
        {
            foreach (var encoder in _encoders)
            {
                if (Media.Kind is MediaKind.Audio)
                {
                    SendSound(encoder, send);
                }
                else if (!encoder.IsOff && Film is not null)
                {
                    SendFilm(encoder, Film, send);
                }
                else if (!encoder.IsOff)
                {
                    SendPicture(encoder, send);
                }
            }

            _frame++;
            _tick++;
            NextTimeout = _start + (_interval * _tick);
        }
    }

    private uint TimestampOf(OutgoingStream stream) =>
        (uint)(_tick * _interval.Ticks * stream.ClockRate / TimeSpan.TicksPerSecond);

    private void SendSound(Encoder encoder, Action<OutgoingStream, uint, bool, byte?, byte[]> send)
    {
        var payload = new byte[AudioPackets.Length];
        _ = AudioPackets.Write(payload, new(_participant, _number, 0, _frame, 0, 1));
        Log?.Invoke(NextTimeout, payload);
        var level = (byte)(AudioLevel | (AudioLevel < 80 ? 0x80 : 0));
        send(encoder.Stream, TimestampOf(encoder.Stream), _frame == 0, level, payload);
    }

    private void SendPicture(Encoder encoder, Action<OutgoingStream, uint, bool, byte?, byte[]> send)
    {
        var everySoOften = KeyFrameInterval > TimeSpan.Zero && _tick % (long)(KeyFrameInterval / _interval) == 0;
        var frame = encoder.TakeFrame(everySoOften);
        var count = VideoPackets.CountFor(frame.Length);
        Span<byte> buffer = stackalloc byte[1500];
        for (var position = 0; position < count; position++)
        {
            var signature = new ContentSignature(
                _participant,
                _number,
                (byte)Array.IndexOf(_encoders, encoder),
                _frame,
                (byte)position,
                (byte)count
            );
            var length = VideoPackets.Write(buffer, signature, frame);
            send(encoder.Stream, TimestampOf(encoder.Stream), signature.IsLast, null, buffer[..length].ToArray());
        }
    }

    private void SendFilm(Encoder encoder, EncodedFilm film, Action<OutgoingStream, uint, bool, byte?, byte[]> send)
    {
        (encoder.Picture, var isKey) = film.Next(encoder.Picture, encoder.KeyFrameIsDue);
        var content = film.Pictures[encoder.Picture];
        Log?.Invoke(NextTimeout, content);
        var frame = encoder.TakeFrame(isKey);
        foreach (var (payload, isLast) in VideoPackets.Split(content, frame))
        {
            send(encoder.Stream, TimestampOf(encoder.Stream), isLast, null, payload);
        }
    }

    /// <summary>One encoding's own counters.</summary>
    private sealed class Encoder(VirtualEncoding encoding, OutgoingStream stream, int framesPerSecond)
    {
        // A key frame is some four times as large as the others.
        private const int KeyFrameFactor = 4;

        public VirtualEncoding Encoding => encoding;

        public OutgoingStream Stream => stream;

        public bool KeyFrameIsDue { get; set; } = true;

        public bool IsOff { get; set; }

        /// <summary>Gets or sets the film's last picture; -1 before the first.</summary>
        public int Picture { get; set; } = -1;

        public ushort PictureId { get; set; }

        public byte Tl0PictureIndex { get; set; }

        public byte KeyIndex { get; set; }

        public VideoFrame TakeFrame(bool keyFrameIsDue)
        {
            var isKey = KeyFrameIsDue || keyFrameIsDue;
            KeyFrameIsDue = false;
            PictureId = (ushort)((PictureId + 1) & 0x7FFF);
            Tl0PictureIndex++;
            KeyIndex = (byte)((KeyIndex + (isKey ? 1 : 0)) & 0x1F);
            var length = encoding.BitsPerSecond / 8 / framesPerSecond * (isKey ? KeyFrameFactor : 1);
            return new(isKey, encoding.Height, length, PictureId, Tl0PictureIndex, KeyIndex);
        }
    }
}
