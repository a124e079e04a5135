using System.Buffers;
using EventMeet.Contracts;
using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Recorder.Containers;
using EventMeet.Recorder.Depacketization;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Recordings;

/// <summary>
/// One track on its way from packets to a file. A relay that is replaced brings the same track with other numbers: then
/// the receiver is new, and the file goes on.
/// </summary>
/// <param name="id">The track.</param>
/// <param name="timeline">Where it is told what happens.</param>
/// <param name="startedAt">The recording's start; sound from before is left out.</param>
/// <param name="open">Begins a file.</param>
internal sealed class RecordedTrack(
    TrackId id,
    TimelineBuilder timeline,
    DateTimeOffset startedAt,
    Func<TrackFormat, int, TrackFile> open
)
{
    // Long enough for two people to notice; a relay's being replaced takes longer.
    private static readonly TimeSpan ShortestBridge = TimeSpan.FromMilliseconds(60);

    private readonly ArrayBufferWriter<byte> _block = new();
    private TrackReceiver? _receiver;
    private MatroskaWriter? _writer;
    private TrackFormat? _format;
    private TrackFile? _file;
    private DateTimeOffset _fileStart;
    private DateTimeOffset? _lastFrame;
    private bool _resumes;
    private int _files;

    /// <summary>Gets when to come back.</summary>
    public MonotonicTime NextTimeout => _receiver?.NextTimeout ?? MonotonicTime.Never;

    /// <summary>Gets a value indicating whether a missing packet is waited for.</summary>
    public bool IsWaiting => _receiver is { IsWaiting: true };

    /// <summary>Gets why nothing more is stored; null while all is well.</summary>
    public Storage.StorageFault? Fault => _file?.Sink.Fault;

    /// <summary>Gets how many bytes were written.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Can a track of this codec be recorded?</summary>
    public static bool CanRecord(CodecKind codec) =>
        codec is CodecKind.Opus or CodecKind.Red or CodecKind.Vp8 or CodecKind.Vp9 or CodecKind.H264 or CodecKind.Av1;

    /// <summary>Packets will come, the first ones or those of another relay.</summary>
    /// <param name="codec">One that can be recorded.</param>
    /// <param name="clockRate">Of the timestamps, Hz.</param>
    /// <param name="clock">The relay's.</param>
    public void Begin(CodecKind codec, int clockRate, PublisherClock clock)
    {
        Interrupt();
        _resumes = _lastFrame is not null;
        _receiver = new(codec, clockRate, clock);
    }

    /// <summary>Takes a packet.</summary>
    public PacketFault HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (_receiver is null)
        {
            return PacketFault.None;
        }

        var fault = _receiver.HandlePacket(packet, now);
        Drain();
        return fault;
    }

    /// <summary>Takes a sender report.</summary>
    public void HandleReport(in SenderInfo report, MonotonicTime now)
    {
        _receiver?.HandleReport(report, now);
        Drain();
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        _receiver?.Advance(now);
        Drain();
    }

    /// <summary>From here on only missing packets are taken.</summary>
    public void Freeze() => _receiver?.Freeze();

    /// <summary>Takes the request for a key frame that is to be sent now.</summary>
    public bool TryTakeKeyFrameRequest(MonotonicTime now) => _receiver?.TryTakeKeyFrameRequest(now) ?? false;

    /// <summary>No more packets come for now: what has been waited for is written.</summary>
    public void Interrupt()
    {
        _receiver?.Finish();
        Drain();
        _receiver = null;
    }

    /// <summary>The track is over, and so is its file.</summary>
    public void End()
    {
        Interrupt();
        _ = _file?.CompleteAsync();
        (_file, _writer) = (null, null);
    }

    private void Drain()
    {
        if (_receiver is null)
        {
            return;
        }

        while (_receiver.TryTakeFrame(out var frame))
        {
            Write(frame);
        }

        while (_receiver.TryTakeGap(out var gap))
        {
            timeline.HandleGap(id, gap);
        }
    }

    private void Write(in TrackFrame frame)
    {
        if (frame.Format is { } format && (_writer is null || format.Codec != _format!.Codec))
        {
            Open(format, frame.At);
        }

        // A frame that was captured before the start is on its way at the start. Sound is cut there; a key frame is needed.
        if (_writer is null || (frame.At < startedAt && !_format!.IsVideo))
        {
            return;
        }

        var at = frame.At < _fileStart ? _fileStart : frame.At;
        if (_resumes && _lastFrame is { } last && at - last >= ShortestBridge)
        {
            timeline.HandleGap(id, new(last, at, LostPackets: 0));
        }

        (_resumes, _lastFrame) = (false, at);
        _writer.WriteFrame(at - _fileStart, frame.IsKeyFrame, frame.Data.Span);
        timeline.HandleFrame(id, at, frame.IsKeyFrame, frame.Size);
        Flush();
    }

    private void Open(TrackFormat format, DateTimeOffset at)
    {
        _ = _file?.CompleteAsync();
        _fileStart = at < startedAt ? startedAt : at;
        _file = open(format, ++_files);
        _format = format;
        _writer = new(format, _fileStart, _block);
        timeline.HandleFileStarted(id, _file.Name, _fileStart);
    }

    // A block goes out whole, so that a file never ends within one.
    private void Flush()
    {
        _file!.Append(_block.WrittenSpan);
        WrittenBytes += _block.WrittenCount;
        _block.ResetWrittenCount();
    }
}
