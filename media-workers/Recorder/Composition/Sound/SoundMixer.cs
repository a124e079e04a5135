using System.Runtime.InteropServices;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;

namespace EventMeet.Recorder.Composition.Sound;

/// <summary>Everybody's sound in one: each track where it belongs, pauses cut out, as long as the film to the sample.</summary>
/// <param name="clock">The film's time.</param>
/// <param name="tracks">All that are heard.</param>
internal sealed class SoundMixer(FilmClock clock, IReadOnlyList<TrackSound> tracks)
{
    private const int PieceSamples = FilmClock.SampleRate / 50; // 20 ms, what an Opus packet holds
    private const int SamplesPerMs = FilmClock.SampleRate / 1000;

    private readonly float[] _stereo = new float[PieceSamples * 2];
    private long _written;

    /// <summary>Writes the film's sound: 32-bit floats, 48 kHz, stereo. It may be louder than 1; the encoder limits it.</summary>
    /// <param name="output">The encoder.</param>
    /// <param name="watch">Is told how much is done, 0 to 1.</param>
    public async Task WriteAsync(Stream output, JobWatch watch)
    {
        foreach (var kept in clock.Kept)
        {
            for (var sample = kept.FromMs * SamplesPerMs; sample < kept.ToMs * SamplesPerMs; sample += PieceSamples)
            {
                var length = (int)Math.Min(PieceSamples, kept.ToMs * SamplesPerMs - sample);
                await WritePieceAsync(output, sample, length, watch);
            }
        }

        // The film's last frame is whole, the recording's last millisecond somewhere in it.
        while (_written < clock.Samples)
        {
            Array.Clear(_stereo);
            await WriteAsync(output, PieceSamples, watch);
        }
    }

    private async Task WritePieceAsync(Stream output, long from, int length, JobWatch watch)
    {
        var stereo = _stereo.AsMemory(0, length * 2);
        stereo.Span.Clear();
        foreach (var track in tracks)
        {
            // A decoder is started a little before it is needed.
            if (!track.IsOver && track.FromSample < from + FilmClock.SampleRate)
            {
                await track.AddAsync(from, stereo, watch.Token);
            }
        }

        await WriteAsync(output, length, watch);
    }

    private async Task WriteAsync(Stream output, int length, JobWatch watch)
    {
        var samples = (int)Math.Min(length, clock.Samples - _written);
        var bytes = MemoryMarshal.AsBytes(_stereo.AsSpan(0, samples * 2)).ToArray();
        await output.WriteAsync(bytes, watch.Token);
        _written += samples;
        watch.Report((double)_written / clock.Samples);
    }
}
