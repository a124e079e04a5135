using System.Runtime.InteropServices;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Sound;

/// <summary>A track's sound in order of time, decoded once from its first file to its last.</summary>
internal sealed class TrackSound : IAsyncDisposable
{
    private const int PiecesAhead = 64;
    private const int SamplesPerMs = FilmClock.SampleRate / 1000;

    private readonly CompositionOptions _options;
    private readonly IReadOnlyList<(TimelineFile File, string Path)> _files;
    private readonly TimelineTrack _track;
    private readonly string _workFolder;
    private readonly CompositeNotes _notes;
    private ReadAhead<SoundPiece>? _ahead;
    private SoundPiece? _current;

    /// <summary>Makes it; nothing is decoded before sound is asked for.</summary>
    public TrackSound(
        CompositionOptions options,
        TimelineTrack track,
        IReadOnlyList<(TimelineFile File, string Path)> files,
        string workFolder,
        CompositeNotes notes
    )
    {
        _options = options;
        _track = track;
        _files = files;
        _workFolder = workFolder;
        _notes = notes;
        FromSample = (files.Count > 0 ? files[0].File.FromMs : 0) * SamplesPerMs;
    }

    /// <summary>Gets the place before which it is silent.</summary>
    public long FromSample { get; }

    /// <summary>Gets a value indicating whether nothing comes any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Adds what is heard in a stretch to what others say; nothing while it is muted.</summary>
    /// <param name="from">Its place on the timeline, in samples; never goes back.</param>
    /// <param name="stereo">Two floats per sample.</param>
    /// <param name="cancellationToken">Stops waiting for the decoder.</param>
    public async ValueTask AddAsync(long from, Memory<float> stereo, CancellationToken cancellationToken)
    {
        _ahead ??= new(PiecesAhead, Decode, piece => piece.Release());
        var to = from + stereo.Length / 2;
        var isMuted = SpanSearch.Contains(_track.Muted, from / SamplesPerMs);
        while (!IsOver)
        {
            if (_current is { } piece)
            {
                if (!isMuted)
                {
                    piece.AddTo(from, stereo.Span);
                }

                if (piece.ToSample > to)
                {
                    return;
                }

                piece.Release();
                _current = null;
            }

            IsOver = !await _ahead.WaitAsync(cancellationToken);
            _current = _ahead.TryTake(out var next) ? next : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_ahead is not null)
        {
            await _ahead.DisposeAsync();
        }

        _current?.Release();
    }

    private void Decode(Action<SoundPiece> put, CancellationToken closing)
    {
        var placement = new SoundPlacement();
        foreach (var (file, path) in _files)
        {
            Decode(file, path, placement, put, closing);
        }
    }

    private void Decode(
        TimelineFile file,
        string path,
        SoundPlacement placement,
        Action<SoundPiece> put,
        CancellationToken closing
    )
    {
        using var ffmpeg = DecoderTool.Start(_options, _workFolder, FfmpegArguments.DecodeSound(path), closing);
        var start = file.FromMs * SamplesPerMs;
        var reached = start;
        var decoded = Array.Empty<float>();
        while (ffmpeg.TryReadLine(out var text))
        {
            if (!DecoderLine.TryReadSound(text, out var line))
            {
                continue;
            }

            var values = line.Samples * line.Channels;
            if (decoded.Length < values)
            {
                decoded = new float[values];
            }

            var samples = decoded.AsSpan(0, values);
            if (!ffmpeg.TryRead(MemoryMarshal.AsBytes(samples)))
            {
                break;
            }

            reached = Math.Max(reached, start + line.AtSample + line.Samples);
            put(SoundPiece.Make(samples, line.Channels, placement.Place(start + line.AtSample, line.Samples)));
        }

        closing.ThrowIfCancellationRequested();
        _notes.HandleFileEnd(_track, file, reached / SamplesPerMs, ffmpeg.Complaints);
    }
}
