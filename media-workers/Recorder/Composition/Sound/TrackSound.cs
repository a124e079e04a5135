using System.Buffers;
using System.Runtime.InteropServices;
using System.Threading.Channels;
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
    private readonly Channel<SoundPiece> _ahead = Channel.CreateBounded<SoundPiece>(PiecesAhead);
    private readonly CancellationTokenSource _closing = new();
    private SoundPiece? _current;
    private Task? _decoding;

    /// <summary>Makes it; nothing is decoded before sound is asked for.</summary>
    public TrackSound(
        CompositionOptions options,
        TimelineTrack track,
        IReadOnlyList<(TimelineFile File, string Path)> files,
        string workFolder
    )
    {
        _options = options;
        _track = track;
        _files = files;
        _workFolder = workFolder;
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
        _decoding ??= DecodeAsync(_closing.Token);
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

            IsOver = !await _ahead.Reader.WaitToReadAsync(cancellationToken);
            _current = _ahead.Reader.TryRead(out var next) ? next : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (_decoding is not null)
        {
            await _decoding.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        while (_ahead.Reader.TryRead(out var piece))
        {
            piece.Release();
        }

        _current?.Release();
        _closing.Dispose();
    }

    private async Task DecodeAsync(CancellationToken closing)
    {
        try
        {
            var placement = new SoundPlacement();
            foreach (var (file, path) in _files)
            {
                await DecodeAsync(file.FromMs * SamplesPerMs, path, placement, closing);
            }

            _ahead.Writer.Complete();
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            _ahead.Writer.TryComplete();
        }
        catch (Exception e) when (e is IOException or CompositionException)
        {
            _ahead.Writer.TryComplete(e);
        }
    }

    private async Task DecodeAsync(long start, string path, SoundPlacement placement, CancellationToken closing)
    {
        var lines = Channel.CreateBounded<SoundLine>(PiecesAhead * 4);
        await using var ffmpeg = MediaTool.Start(
            _options,
            _workFolder,
            FfmpegArguments.DecodeSound(path),
            line =>
                DecoderLine.TryReadSound(line, out var read)
                    ? lines.Writer.WriteAsync(read, closing)
                    : ValueTask.CompletedTask
        );
        _ = ffmpeg.Heard.ContinueWith(_ => lines.Writer.TryComplete(), TaskScheduler.Default);
        await foreach (var line in lines.Reader.ReadAllAsync(closing))
        {
            var bytes = ArrayPool<byte>.Shared.Rent(line.Samples * line.Channels * sizeof(float));
            var wanted = bytes.AsMemory(0, line.Samples * line.Channels * sizeof(float));
            var read = await ffmpeg.Output.ReadAtLeastAsync(wanted, wanted.Length, false, closing);
            if (read == wanted.Length)
            {
                var placed = placement.Place(start + line.AtSample, line.Samples);
                var samples = MemoryMarshal.Cast<byte, float>(wanted.Span);
                await _ahead.Writer.WriteAsync(SoundPiece.Make(samples, line.Channels, placed), closing);
            }

            ArrayPool<byte>.Shared.Return(bytes);
            if (read < wanted.Length)
            {
                break;
            }
        }
    }
}
