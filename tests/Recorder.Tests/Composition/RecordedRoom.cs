using System.Buffers;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Codecs;
using EventMeet.Recorder.Containers;
using EventMeet.Recorder.Tests.Fixtures;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Tests.Composition;

/// <summary>A recording as a recorder would have left it: a folder with track files, and its timeline.</summary>
internal sealed class RecordedRoom(long lengthMs) : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly Scratch _scratch = new();
    private readonly List<TimelineParticipant> _people = [];
    private readonly List<TimelineTrack> _tracks = [];

    public string Folder => _scratch.Folder;

    public List<TimelineSpeaker> Speakers { get; } = [];

    public List<TimelineSpan> Pauses { get; } = [];

    public List<TimelineSpan> Outages { get; } = [];

    public RecordingTimeline Timeline =>
        new()
        {
            Recording = new("rec_1"),
            Room = new("room_1"),
            StartedAt = Start,
            EndedAt = Start.AddMilliseconds(lengthMs),
            LengthMs = lengthMs,
            Participants = [.. _people],
            Tracks = [.. _tracks],
            Speakers = [.. Speakers],
            Pauses = [.. Pauses],
            Outages = [.. Outages],
        };

    public ParticipantId Person(string? name, long fromMs = 0, long? toMs = null)
    {
        var id = new ParticipantId($"part_{_people.Count}");
        _people.Add(
            new()
            {
                Id = id,
                Identity = $"identity-{_people.Count}",
                Name = name,
                Present = [new(fromMs, toMs ?? lengthMs)],
            }
        );
        return id;
    }

    /// <summary>A still colour, in VP8 unless said otherwise.</summary>
    public Task CameraAsync(
        ParticipantId person,
        string colour,
        long fromMs = 0,
        long? toMs = null,
        IReadOnlyList<TimelineSpan>? muted = null,
        string size = "160x90",
        CodecKind codec = CodecKind.Vp8,
        TrackSource source = TrackSource.Camera
    ) =>
        VideoAsync(
            person,
            $"color=c={colour}:size={size}:rate={EncodedTrack.FrameRate}",
            fromMs,
            toMs ?? lengthMs,
            muted ?? [],
            codec,
            source
        );

    public async Task VideoAsync(
        ParticipantId person,
        string picture,
        long fromMs,
        long toMs,
        IReadOnlyList<TimelineSpan> muted,
        CodecKind codec = CodecKind.Vp8,
        TrackSource source = TrackSource.Camera
    )
    {
        var seconds = (toMs - fromMs) / 1000.0;
        var media = await EncodedTrack.VideoAsync(
            codec,
            FormattableString.Invariant($"{picture},trim=duration={seconds}"),
            EncodedTrack.FrameRate
        );
        Add(person, MediaKind.Video, source, fromMs, toMs, muted, [(fromMs, media.Format, media.Frames)]);
    }

    public async Task MicrophoneAsync(
        ParticipantId person,
        string source,
        long fromMs = 0,
        long? toMs = null,
        IReadOnlyList<TimelineSpan>? muted = null
    )
    {
        var seconds = ((toMs ?? lengthMs) - fromMs) / 1000.0;
        var media = await EncodedTrack.AudioAsync(FormattableString.Invariant($"{source}:duration={seconds}"), 1);
        Add(
            person,
            MediaKind.Audio,
            TrackSource.Microphone,
            fromMs,
            toMs ?? lengthMs,
            muted ?? [],
            [(fromMs, media.Format, media.Frames)]
        );
    }

    /// <summary>A track with its files as they are; frames that come while it is muted are left out, as a page sends none.</summary>
    public TimelineTrack Add(
        ParticipantId person,
        MediaKind kind,
        TrackSource source,
        long fromMs,
        long toMs,
        IReadOnlyList<TimelineSpan> muted,
        IReadOnlyList<(long FromMs, TrackFormat Format, IReadOnlyList<EncodedFrame> Frames)> files
    )
    {
        var written = new List<TimelineFile>();
        foreach (var (fileFromMs, format, frames) in files)
        {
            var name = $"track-{_tracks.Count}-{written.Count}{format.FileExtension}";
            var bytes = Write(
                format,
                frames.Where(frame =>
                    kind == MediaKind.Audio
                    || !muted.Any(span => span.Contains(fileFromMs + (long)frame.At.TotalMilliseconds))
                )
            );
            _scratch.Write(name, bytes);
            written.Add(
                new()
                {
                    Name = name,
                    FromMs = fileFromMs,
                    ToMs = fileFromMs + (long)frames[^1].At.TotalMilliseconds,
                    Bytes = bytes.Length,
                }
            );
        }

        var track = new TimelineTrack
        {
            Id = new($"track_{_tracks.Count}"),
            Participant = person,
            Kind = kind,
            Source = source,
            Codec = kind == MediaKind.Audio ? "opus" : "VP8",
            Published = new(fromMs, toMs),
            Files = written,
            Segments = [.. written.Select(file => new TimelineSpan(file.FromMs, file.ToMs))],
            Muted = muted,
        };
        _tracks.Add(track);
        return track;
    }

    public void Dispose() => _scratch.Dispose();

    private static byte[] Write(TrackFormat format, IEnumerable<EncodedFrame> frames)
    {
        var file = new ArrayBufferWriter<byte>();
        var writer = new MatroskaWriter(format, Start, file);
        foreach (var frame in frames)
        {
            writer.WriteFrame(frame.At, frame.IsKeyFrame, frame.Data.Span);
        }

        return file.WrittenSpan.ToArray();
    }
}
