using System.Buffers;

namespace EventMeet.Recorder.Composition.Sound;

/// <summary>Decoded sound at its place. Whoever takes it out of a queue releases it.</summary>
internal sealed class SoundPiece
{
    private readonly float[] _samples;
    private readonly int _channels;

    private SoundPiece(float[] samples, int channels, long from, int length)
    {
        _samples = samples;
        _channels = channels;
        FromSample = from;
        ToSample = from + length;
    }

    /// <summary>Gets its first sample's place on the timeline.</summary>
    public long FromSample { get; }

    /// <summary>Gets the place behind its last.</summary>
    public long ToSample { get; }

    /// <summary>Makes one.</summary>
    /// <param name="decoded">Interleaved.</param>
    /// <param name="channels">1 or 2.</param>
    /// <param name="placed">Where it goes, and how long it shall be.</param>
    public static SoundPiece Make(ReadOnlySpan<float> decoded, int channels, in Placed placed)
    {
        var samples = ArrayPool<float>.Shared.Rent(Math.Max(1, placed.Samples * channels));
        var source = decoded[(placed.Skip * channels)..];
        var length = source.Length / channels;
        if (length == placed.Samples)
        {
            source.CopyTo(samples);
        }
        else
        {
            Stretch(source, samples, channels, placed.Samples);
        }

        return new(samples, channels, placed.AtSample, placed.Samples);
    }

    /// <summary>Adds what lies in a stretch to it; one channel is heard on both sides.</summary>
    /// <param name="from">The stretch's place on the timeline, in samples.</param>
    /// <param name="stereo">The stretch.</param>
    public void AddTo(long from, Span<float> stereo)
    {
        var start = Math.Max(from, FromSample);
        var end = Math.Min(from + stereo.Length / 2, ToSample);
        for (var sample = start; sample < end; sample++)
        {
            var own = (int)(sample - FromSample) * _channels;
            var target = (int)(sample - from) * 2;
            stereo[target] += _samples[own];
            stereo[target + 1] += _samples[own + _channels - 1];
        }
    }

    /// <summary>Gives its room back; it must not be used any more.</summary>
    public void Release() => ArrayPool<float>.Shared.Return(_samples);

    // Linear between neighbours: a few samples in a thousand are added or taken away.
    private static void Stretch(ReadOnlySpan<float> source, Span<float> target, int channels, int length)
    {
        var last = source.Length / channels - 1;
        var step = (double)last / Math.Max(1, length - 1);
        for (var sample = 0; sample < length; sample++)
        {
            var at = sample * step;
            var left = Math.Min((int)at, last);
            var right = Math.Min(left + 1, last);
            var part = (float)(at - left);
            for (var channel = 0; channel < channels; channel++)
            {
                target[sample * channels + channel] =
                    source[left * channels + channel] * (1 - part) + source[right * channels + channel] * part;
            }
        }
    }
}
