namespace EventMeet.Recorder.Composition.Running;

/// <summary>Tells how far a job is, and ends it when it stands still or takes too long.</summary>
internal sealed class JobWatch : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    // A report for each frame would be thousands a second.
    private const double ReportEvery = 0.005;

    private readonly IProgress<double> _progress;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _longestStandstill;
    private readonly CancellationToken _asked;
    private readonly CancellationTokenSource _tooLong;
    private readonly CancellationTokenSource _standstill;
    private readonly CancellationTokenSource _any;
    private (double From, double Share) _step;
    private double _reported = -1;
    private long _movedAt;

    /// <summary>Starts watching.</summary>
    /// <param name="options">The bounds.</param>
    /// <param name="filmLength">What the job makes.</param>
    /// <param name="progress">Is told percents, 0 to 100, rising.</param>
    /// <param name="clock">The time.</param>
    /// <param name="asked">Somebody wants it ended.</param>
    public JobWatch(
        CompositionOptions options,
        TimeSpan filmLength,
        IProgress<double> progress,
        TimeProvider clock,
        CancellationToken asked
    )
    {
        _progress = progress;
        _clock = clock;
        _asked = asked;
        _longestStandstill = options.LongestStandstill;
        _tooLong = new(filmLength * options.SlowestMultiple + Grace, clock);
        _standstill = new(_longestStandstill, clock);
        _any = CancellationTokenSource.CreateLinkedTokenSource(asked, _tooLong.Token, _standstill.Token);
        _movedAt = clock.GetTimestamp();
    }

    /// <summary>Gets what ends the job.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>Gets a value indicating whether the job was ended by a bound, not because somebody wanted it.</summary>
    public bool IsTimedOut => Token.IsCancellationRequested && !_asked.IsCancellationRequested;

    /// <summary>Begins a step.</summary>
    /// <param name="share">Of the whole job, 0 to 1.</param>
    public void Begin(double share)
    {
        _step = (_step.From + _step.Share, share);
        Report(0);
    }

    /// <summary>Something moved.</summary>
    /// <param name="done">Of this step, 0 to 1.</param>
    public void Report(double done)
    {
        Moved();
        var whole = Math.Min(1, _step.From + _step.Share * done);
        if (whole >= _reported + ReportEvery)
        {
            _reported = whole;
            _progress.Report(whole * 100);
        }
    }

    /// <summary>Something moved that is not seen in the film.</summary>
    public void Moved()
    {
        if (_clock.GetElapsedTime(_movedAt) > TimeSpan.FromSeconds(1))
        {
            _movedAt = _clock.GetTimestamp();
            _standstill.CancelAfter(_longestStandstill);
        }
    }

    public void Dispose()
    {
        _any.Dispose();
        _standstill.Dispose();
        _tooLong.Dispose();
    }
}
