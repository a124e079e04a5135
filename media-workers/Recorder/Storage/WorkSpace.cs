using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Storage;

/// <summary>The local disk that verification and composing share: who wants a part of it waits until it is free.</summary>
internal sealed class WorkSpace
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(long Bytes, TaskCompletionSource Granted)> _waiting = [];
    private readonly string _root;
    private long _taken;
    private int _folders;

    /// <summary>Empties what an earlier process left.</summary>
    public WorkSpace(IOptions<RecorderOptions> options)
    {
        Bound = options.Value.WorkBound;
        // Several recorders on one machine have the same settings.
        _root = Path.Combine(options.Value.WorkFolder, $"{Environment.ProcessId}");
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    /// <summary>Gets how many bytes there are.</summary>
    public long Bound { get; }

    /// <summary>Waits for room, in order of asking.</summary>
    /// <param name="bytes">How much; what is more than everything gets everything.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A folder of one's own, gone when it is disposed of.</returns>
    public async Task<WorkFolder> RentAsync(long bytes, CancellationToken cancellationToken)
    {
        bytes = Math.Min(bytes, Bound);
        LinkedListNode<(long Bytes, TaskCompletionSource Granted)> place;
        lock (_lock)
        {
            place = _waiting.AddLast((bytes, new(TaskCreationOptions.RunContinuationsAsynchronously)));
            Grant();
        }

        try
        {
            await place.Value.Granted.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (place.Value.Granted.Task.IsCompleted)
                {
                    _taken -= bytes;
                }
                else
                {
                    _waiting.Remove(place);
                }

                Grant();
            }

            throw;
        }

        var path = Path.Combine(_root, $"{Interlocked.Increment(ref _folders)}");
        Directory.CreateDirectory(path);
        return new(this, path, bytes);
    }

    private void Return(string path, long bytes)
    {
        Directory.Delete(path, recursive: true);
        lock (_lock)
        {
            _taken -= bytes;
            Grant();
        }
    }

    private void Grant()
    {
        while (_waiting.First is { } first && _taken + first.Value.Bytes <= Bound)
        {
            _taken += first.Value.Bytes;
            _waiting.RemoveFirst();
            first.Value.Granted.SetResult();
        }
    }

    /// <summary>A part of the disk.</summary>
    internal sealed class WorkFolder(WorkSpace owner, string path, long bytes) : IDisposable
    {
        private bool _returned;

        /// <summary>Gets where it is.</summary>
        public string Path => path;

        public void Dispose()
        {
            if (!_returned)
            {
                _returned = true;
                owner.Return(path, bytes);
            }
        }
    }
}
