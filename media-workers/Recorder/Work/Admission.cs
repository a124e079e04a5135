using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Work;

/// <summary>Decides whether there is room for more work, by what is measured and by what was taken but does not show yet.</summary>
internal sealed class Admission(LoadMeter load, TimeProvider clock, IOptions<RecorderOptions> options)
{
    // A recording that was taken just now costs nothing yet; so it counts as an average one until it does.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private const double ExpectedCpu = 0.005; // of all cores, until there is an average

    private readonly Lock _lock = new();
    private readonly Queue<DateTimeOffset> _recent = new();

    /// <summary>Notes that a recording was taken.</summary>
    public void NoteTaken()
    {
        lock (_lock)
        {
            _recent.Enqueue(clock.GetUtcNow());
        }
    }

    /// <summary>Why no further recording is taken; null when one is.</summary>
    /// <param name="recordings">That go on.</param>
    /// <param name="tracks">In them.</param>
    public string? RefuseRecording(int recordings, int tracks)
    {
        var limits = options.Value;
        if (recordings >= limits.MaxRecordings)
        {
            return $"{recordings} recordings go on";
        }

        if (tracks >= limits.MaxTracks)
        {
            return $"{tracks} tracks are recorded";
        }

        if (IsAnyLoadWelcome)
        {
            return null;
        }

        var unsettled = Unsettled();
        var settled = Math.Max(recordings - unsettled, 0);
        var each = settled > 0 ? load.Process / settled : ExpectedCpu;
        var expected = unsettled * each;
        return Math.Max(load.Process, load.Machine) + expected >= limits.MaxCpu ? "the processor is busy" : null;
    }

    /// <summary>Why no further composite is taken; null when one is.</summary>
    /// <param name="composites">That are being made.</param>
    public string? RefuseComposite(int composites)
    {
        var limits = options.Value;
        var most = limits.MaxComposites == 0 ? Math.Max(1, Environment.ProcessorCount / 2) : limits.MaxComposites;
        return composites >= most ? $"{composites} composites are made"
            : load.Machine >= limits.MaxCpu && !IsAnyLoadWelcome ? "the processor is busy"
            : null;
    }

    // Where one machine does everything, its load says nothing about whether another recorder would do better.
    private bool IsAnyLoadWelcome => options.Value.MaxCpu >= 1;

    private int Unsettled()
    {
        lock (_lock)
        {
            while (_recent.TryPeek(out var oldest) && clock.GetUtcNow() - oldest > Settling)
            {
                _ = _recent.Dequeue();
            }

            return _recent.Count;
        }
    }
}
