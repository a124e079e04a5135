namespace EventMeet.Recorder.Composition.Sound;

/// <summary>
/// Puts decoded sound at its wall-clock place. Timestamps jitter by a millisecond because files count in these, and drift because no two clocks agree: both must
/// not be heard. Small errors are taken back slowly, by stretching; real gaps stay gaps.
/// </summary>
internal sealed class SoundPlacement
{
    // At 48 kHz. Up to 5 ms nobody notices; from 15 ms on something is missing, for a packet is 20 ms.
    private const long Tolerated = 240;
    private const long Missing = 720;

    // 0.5 %: an eighth of a semitone.
    private const int StretchDivisor = 200;

    private long? _next;

    /// <summary>Where a piece goes.</summary>
    /// <param name="atSample">Where its timestamp puts it.</param>
    /// <param name="samples">Its length.</param>
    public Placed Place(long atSample, int samples)
    {
        var next = _next ?? atSample;
        var error = atSample - next;
        // What overlaps with what was placed before came too late.
        var late = (int)Math.Clamp(-error, 0, samples);
        var placed = error switch
        {
            >= Missing => new Placed(atSample, samples, 0),
            <= -Missing => new(next, samples - late, late),
            > Tolerated or < -Tolerated => new(next, samples + Stretch(error, samples), 0),
            _ => new(next, samples, 0),
        };
        _next = placed.AtSample + placed.Samples;
        return placed;
    }

    private static int Stretch(long error, int samples)
    {
        var most = Math.Max(1, samples / StretchDivisor);
        return (int)Math.Clamp(error, -most, most);
    }
}

/// <summary>Where a piece of sound goes.</summary>
/// <param name="AtSample">Its first sample's place.</param>
/// <param name="Samples">How long it shall be; what is left of it is stretched to this.</param>
/// <param name="Skip">How many samples are left out at its start.</param>
internal readonly record struct Placed(long AtSample, int Samples, int Skip);
