using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composition;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Timeline;
using EventMeet.Recorder.Work;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Composites;

/// <summary>
/// One composite from the message that asked for it to the last word about it: 1 fetch the tracks' files, 2 make the film,
/// 3 store it, 4 report. What fails for a reason that may pass is tried again, by any recorder, a few times.
/// </summary>
internal sealed class CompositeJob
{
    private const int MaxAttempts = 3;

    // A film may be three times as large as what it is made from, and the mixed sound lies beside it meanwhile.
    private const int RoomForResults = 4;
    private const string NoStorage = "Storage did not answer for too long.";
    private static readonly TimeSpan LeasePatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LeaseCheck = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LetGoPatience = TimeSpan.FromSeconds(2);

    private readonly MakeComposite _command;
    private readonly CompositeTools _tools;
    private readonly CancellationTokenSource _cancel;
    private readonly Lock _lock = new();
    private readonly List<Lease> _leases = [];
    private bool _isOver;
    private volatile bool _cancelled;

    /// <summary>Starts.</summary>
    /// <param name="command">What to make.</param>
    /// <param name="lease">The right to.</param>
    /// <param name="tools">What it takes.</param>
    /// <param name="after">An earlier job of the same composite, which must be over first.</param>
    /// <param name="stopping">The recorder stops: another makes it from the beginning.</param>
    public CompositeJob(
        MakeComposite command,
        Lease lease,
        CompositeTools tools,
        Task after,
        CancellationToken stopping
    )
    {
        (_command, _tools) = (command, tools);
        _leases.Add(lease);
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Ended = RunAsync(after);
    }

    /// <summary>Gets the task that ends with the job; it never fails.</summary>
    public Task Ended { get; }

    /// <summary>Gets a value indicating whether the lock was lost: the message will come again, here or elsewhere.</summary>
    public bool IsOrphan => !Lease.IsHeld && !Ended.IsCompleted;

    private Lease Lease
    {
        get
        {
            lock (_lock)
            {
                return _leases[^1];
            }
        }
    }

    /// <summary>Goes on under another lock: the message has come again.</summary>
    /// <returns>False when the job is over.</returns>
    public bool TryAdopt(Lease lease)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            _leases.Add(lease);
            return true;
        }
    }

    /// <summary>Nobody wants it any more.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _cancelled = true;
                _cancel.Cancel();
            }
        }
    }

    private async Task RunAsync(Task after)
    {
        await Task.Yield();
        var isDone = false;
        try
        {
            await after.WaitAsync(_cancel.Token);
            isDone = await RunAsync();
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested)
        {
            isDone = _cancelled;
            _tools.Logger.CompositeCancelled(_command.Composite);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever it was: it is tried again until the broker has had enough of it, and the functions with it.
            _tools.Logger.CompositeJobFailed(_command.Composite, failure);
        }
        finally
        {
            await LetGoAsync(isDone);
        }
    }

    /// <summary>Makes it.</summary>
    /// <returns>False when it shall be tried again.</returns>
    private async Task<bool> RunAsync()
    {
        var attempt = Lease.Message.DeliveryCount + 1;
        _tools.Logger.CompositeTaken(_command.Composite, _command.Recording, attempt);
        var progress = new CompositeProgress(_command, _tools);
        progress.Report(0);
        CompositeResult result;
        try
        {
            // 1.
            var timeline = await ReadTimelineAsync();
            var tracks = timeline is null ? [] : FilesOf(timeline).ToList();
            var bytes = tracks.Sum(entry => entry.File.Bytes);
            if (bytes * RoomForResults > _tools.Space.Bound)
            {
                await ReportAsync([], "The recording is too large to make a film of it here.");
                return true;
            }

            using var folder = await _tools.Space.RentAsync(bytes * RoomForResults, _cancel.Token);
            foreach (var (_, file) in tracks)
            {
                var path = Path.Combine(folder.Path, file.Name);
                var sha256 = await _tools.Store.DownloadAsync($"{_command.Folder}/{file.Name}", path, _cancel.Token);
                if (sha256 is null)
                {
                    File.Delete(path);
                }
            }

            // 2.
            result = timeline is null
                ? new CompositeFailed(CompositeFault.NothingRecorded, "Nothing was recorded.", "")
                : await _tools.Maker.MakeAsync(folder.Path, timeline, _command.Spec, progress, _cancel.Token);
            if (result is CompositeMade made)
            {
                foreach (var note in made.Notes)
                {
                    _tools.Logger.CompositeNoted(_command.Composite, note);
                }

                return await StoreAndReportAsync(made, folder.Path);
            }
        }
        catch (Exception failure) when (StorageRetries.IsTransient(failure))
        {
            result = new CompositeFailed(CompositeFault.FileMissing, NoStorage, failure.Message);
            _tools.Logger.CompositeFailed(_command.Composite, CompositeFault.FileMissing, attempt, failure.Message);
            return await RetryOrReportAsync(NoStorage, attempt);
        }

        var failed = (CompositeFailed)result;
        if (failed.Fault is CompositeFault.NothingRecorded)
        {
            await ReportAsync([], fault: null);
            return true;
        }

        _tools.Logger.CompositeFailed(_command.Composite, failed.Fault, attempt, failed.Details);
        return await RetryOrReportAsync(failed.Reason, failed.Fault is CompositeFault.BadSpec ? MaxAttempts : attempt);
    }

    private async Task<RecordingTimeline?> ReadTimelineAsync()
    {
        var json = await _tools.Store.ReadAsync($"{_command.Folder}/{TimelineFormat.FileName}", _cancel.Token);
        return json is null ? null : TimelineFormat.Read(json);
    }

    private IEnumerable<(TimelineTrack Track, TimelineFile File)> FilesOf(RecordingTimeline timeline) =>
        timeline
            .Tracks.Where(track => _command.Spec.Format is not CompositeFormat.M4a || track.Kind is MediaKind.Audio)
            .SelectMany(track => track.Files.Select(file => (track, file)));

    private async Task<bool> StoreAndReportAsync(CompositeMade made, string folder)
    {
        // Two recorders that make the same film must not both store it: the hashes told would not be those of what is there.
        if (!await HoldsLeaseAsync())
        {
            return false;
        }

        // 3.
        var files = new List<RecordedFile>();
        foreach (var file in made.Files)
        {
            var name = $"{_command.Folder}/{_command.Composite}/{file.Name}";
            var stored = await _tools.Store.UploadAsync(
                name,
                Path.Combine(folder, file.Name),
                file.ContentType,
                _cancel.Token
            );
            files.Add(
                new(file.Kind, name, file.ContentType, stored.Bytes, stored.Sha256)
                {
                    Codecs = file.Codecs.Count > 0 ? file.Codecs : null,
                    DurationMs = (long?)file.Duration?.TotalMilliseconds,
                    Width = file.Width,
                    Height = file.Height,
                }
            );
        }

        // 4.
        await ReportAsync(files, fault: null);
        return true;
    }

    private async Task<bool> HoldsLeaseAsync()
    {
        var until = _tools.Clock.GetUtcNow() + LeasePatience;
        while (!Lease.IsHeld && _tools.Clock.GetUtcNow() < until)
        {
            await Task.Delay(LeaseCheck, _tools.Clock, _cancel.Token);
        }

        return Lease.IsHeld;
    }

    private async Task<bool> RetryOrReportAsync(string reason, int attempt)
    {
        if (attempt < MaxAttempts)
        {
            return false;
        }

        await ReportAsync([], reason);
        return true;
    }

    private async Task ReportAsync(List<RecordedFile> files, string? fault)
    {
        await _tools.FinalReports.SendAsync(
            new CompositeFinished(
                _tools.Worker,
                _tools.Clock.GetUtcNow(),
                _command.Tenant,
                _command.Room,
                _command.Recording,
                _command.Composite,
                files,
                fault
            ),
            _cancel.Token
        );
        _tools.Logger.CompositeFinished(_command.Composite, files.Count, fault ?? "none");
    }

    private async Task LetGoAsync(bool isDone)
    {
        List<Lease> leases;
        lock (_lock)
        {
            _isOver = true;
            leases = [.. _leases];
        }

        using var patience = new CancellationTokenSource(LetGoPatience, _tools.Clock);
        foreach (var lease in leases)
        {
            try
            {
                _ =
                    lease.IsHeld
                    && await (isDone ? lease.CompleteAsync(patience.Token) : lease.AbandonAsync(patience.Token));
            }
            catch (OperationCanceledException)
            {
                // The broker will notice.
            }

            await lease.DisposeAsync();
        }

        _cancel.Dispose();
    }
}
