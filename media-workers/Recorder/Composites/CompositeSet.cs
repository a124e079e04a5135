using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Work;
using Microsoft.Extensions.Hosting;

namespace EventMeet.Recorder.Composites;

/// <summary>All composites that this recorder is making.</summary>
internal sealed class CompositeSet(CompositeTools tools, Admission admission)
    : IHostedService,
        IWorkTaker<MakeComposite>,
        IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CompositeId, CompositeJob> _jobs = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Gets how many are being made.</summary>
    public int Count => Jobs().Count;

    /// <inheritdoc/>
    public string? Refusal =>
        _stopping.IsCancellationRequested ? "the recorder stops"
        : Jobs().Any(job => job.IsOrphan) ? null
        : admission.RefuseComposite(Count);

    /// <inheritdoc/>
    public void Take(MakeComposite command, Lease lease)
    {
        lock (_lock)
        {
            var known = _jobs.GetValueOrDefault(command.Composite);
            if (known is not null && known.TryAdopt(lease))
            {
                return;
            }

            var job = new CompositeJob(command, lease, tools, known?.Ended ?? Task.CompletedTask, _stopping.Token);
            _jobs[command.Composite] = job;
            _ = job.Ended.ContinueWith(
                _ => Forget(command.Composite, job),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    /// <summary>Ends the making of a composite; one that is not here is no error.</summary>
    public void Cancel(CompositeId composite)
    {
        CompositeJob? job;
        lock (_lock)
        {
            job = _jobs.GetValueOrDefault(composite);
        }

        job?.Cancel();
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Gives all composites back, for another recorder to make them.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(Jobs().Select(job => job.Ended)).WaitAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private void Forget(CompositeId composite, CompositeJob job)
    {
        lock (_lock)
        {
            if (_jobs.GetValueOrDefault(composite) == job)
            {
                _ = _jobs.Remove(composite);
            }
        }
    }

    private List<CompositeJob> Jobs()
    {
        lock (_lock)
        {
            return [.. _jobs.Values];
        }
    }
}
