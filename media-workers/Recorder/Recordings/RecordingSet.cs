using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Work;
using Microsoft.Extensions.Hosting;

namespace EventMeet.Recorder.Recordings;

/// <summary>All recordings of this recorder.</summary>
internal sealed class RecordingSet(RecordingTools tools, Admission admission)
    : IHostedService,
        IWorkTaker<StartRecording>,
        IDisposable
{
    // What is left of the host's patience is for the bus.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(7);

    private readonly Lock _lock = new();
    private readonly Dictionary<RecordingId, RecordingJob> _jobs = [];
    private readonly CancellationTokenSource _giveUp = new();
    private bool _stops;

    /// <summary>Gets how many recordings go on.</summary>
    public int Count => Jobs().Count;

    /// <summary>Gets how many tracks are in them.</summary>
    public int Tracks => Jobs().Sum(job => job.Tracks);

    /// <summary>Gets a value indicating whether no new work is taken any more.</summary>
    public bool Draining => Volatile.Read(ref _stops);

    /// <summary>Gets why no recording that is new here is taken; null when one is.</summary>
    public string? NewRefusal => Draining ? "the recorder stops" : admission.RefuseRecording(Count, Tracks);

    /// <inheritdoc/>
    // One whose lock was lost comes again, best of all to here: it is waited for even when there is no room for others.
    public string? Refusal => Jobs().Any(job => job.IsOrphan) && !Draining ? null : NewRefusal;

    /// <inheritdoc/>
    public void Take(StartRecording command, Lease lease)
    {
        lock (_lock)
        {
            var known = _jobs.GetValueOrDefault(command.Recording);
            if (known is not null && known.TryAdopt(lease))
            {
                return;
            }

            admission.NoteTaken();
            var job = new RecordingJob(command, lease, tools, known?.Ended ?? Task.CompletedTask, _giveUp.Token);
            _jobs[command.Recording] = job;
            _ = job.Ended.ContinueWith(
                _ => Forget(command.Recording, job),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
            if (_stops)
            {
                job.HandOver();
            }
        }
    }

    /// <summary>Passes an order on; one about a recording that is not here is no error.</summary>
    public void Handle(RecorderOrder order)
    {
        lock (_lock)
        {
            _jobs.GetValueOrDefault(order.Recording)?.Handle(order);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Hands all recordings over: their files are stored, and their messages free for another recorder.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _stops, true);
        var jobs = Jobs();
        jobs.ForEach(job => job.HandOver());
        _giveUp.CancelAfter(StopPatience);
        await Task.WhenAll(jobs.Select(job => job.Ended)).WaitAsync(cancellationToken);
    }

    public void Dispose() => _giveUp.Dispose();

    private void Forget(RecordingId recording, RecordingJob job)
    {
        lock (_lock)
        {
            if (_jobs.GetValueOrDefault(recording) == job)
            {
                _ = _jobs.Remove(recording);
            }
        }
    }

    private List<RecordingJob> Jobs()
    {
        lock (_lock)
        {
            return [.. _jobs.Values];
        }
    }
}
