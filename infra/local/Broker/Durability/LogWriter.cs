using EventMeet.Broker.Amqp.Types;
using Microsoft.Extensions.Logging;

namespace EventMeet.Broker.Durability;

/// <summary>
/// Writes the log: one thread, which takes all that has gathered meanwhile, writes it, makes it durable with one fsync,
/// and only then lets the answers go (group commit). A disk that fails ends it, and the broker with it: nothing is
/// acknowledged that is not on disk.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    private readonly LogDirectory _directory;
    private readonly Action<List<Action>> _complete;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _work = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly Queue<Batch> _closed = new();
    private Batch _filling = new();
    private FileStream? _segment;
    private long _number;
    private bool _writing;
    private bool _stopping;

    /// <summary>Initializes a new instance of the <see cref="LogWriter"/> class.</summary>
    /// <param name="directory">Where the log is.</param>
    /// <param name="firstSegment">The number of the segment that is begun.</param>
    /// <param name="complete">Lets answers go, on the writing thread.</param>
    /// <param name="logger">Where to tell.</param>
    internal LogWriter(LogDirectory directory, long firstSegment, Action<List<Action>> complete, ILogger logger)
    {
        _directory = directory;
        _complete = complete;
        _logger = logger;
        _number = firstSegment;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
    }

    /// <summary>Gets what ends when writing has: in failure when the disk has failed.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Gets how many bytes the log has grown since its last snapshot was asked for.</summary>
    internal long GrowthSinceSnapshot { get; private set; }

    /// <summary>Gets how many bytes wait to be written.</summary>
    internal int Backlog => _filling.Bytes.Length;

    /// <summary>Gets a value indicating whether something that was appended may not be durable yet.</summary>
    internal bool HasPending
    {
        get
        {
            lock (_gate)
            {
                return _writing || _closed.Count > 0 || !_filling.IsEmpty;
            }
        }
    }

    internal void Start()
    {
        OpenSegment();
        _thread.Start();
    }

    /// <summary>Appends a record, which may be empty, and what to do once it is durable.</summary>
    internal void Append(ReadOnlySpan<byte> payload, IReadOnlyList<Action> whenDurable)
    {
        lock (_gate)
        {
            if (payload.Length > 0)
            {
                SegmentFormat.WriteRecord(payload, _filling.Bytes);
                GrowthSinceSnapshot += payload.Length + SegmentFormat.RecordOverhead;
            }

            _filling.WhenDurable.AddRange(whenDurable);
            _work.Set();
        }
    }

    /// <summary>Writes a snapshot of this moment behind all that was appended, and begins a new segment.</summary>
    internal void Compact(SnapshotCapture snapshot)
    {
        lock (_gate)
        {
            // What is appended from here on belongs behind the snapshot, so the batch is closed.
            _filling.Snapshot = snapshot;
            _closed.Enqueue(_filling);
            _filling = new Batch();
            GrowthSinceSnapshot = 0;
            _work.Set();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            _work.Set();
        }

        if (_thread.IsAlive)
        {
            _thread.Join(TimeSpan.FromSeconds(10));
        }

        _segment?.Dispose();
        _work.Dispose();
    }

    private void Run()
    {
        try
        {
            while (TakeBatch() is { } batch)
            {
                Write(batch);
            }

            _ended.TrySetResult();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _logger.LogFailed(_directory.Path, exception);
            _ended.TrySetException(exception);
        }
    }

    private Batch? TakeBatch()
    {
        while (true)
        {
            lock (_gate)
            {
                _writing = false;
                if (_closed.TryDequeue(out var closed))
                {
                    _writing = true;
                    return closed;
                }

                if (!_filling.IsEmpty)
                {
                    _writing = true;
                    var batch = _filling;
                    _filling = new Batch();
                    return batch;
                }

                if (_stopping)
                {
                    return null;
                }

                _work.Reset();
            }

            _work.Wait();
        }
    }

    private void Write(Batch batch)
    {
        if (batch.Bytes.Length > 0)
        {
            _segment!.Write(batch.Bytes.Written);
            _segment.Flush(flushToDisk: true);
        }

        if (batch.WhenDurable.Count > 0)
        {
            _complete(batch.WhenDurable);
        }

        if (batch.Snapshot is { } snapshot)
        {
            Compact(snapshot, ++_number);
        }
    }

    private void Compact(SnapshotCapture snapshot, long number)
    {
        _segment!.Dispose();
        OpenSegment();
        var path = _directory.SnapshotPath(number);
        var length = snapshot.WriteTo(path + ".tmp", number);
        File.Move(path + ".tmp", path, overwrite: true);
        _directory.Sync();
        _directory.DeleteBefore(number);
        _logger.Compacted(_directory.Path, length);
    }

    private void OpenSegment()
    {
        _segment = new FileStream(
            _directory.SegmentPath(_number),
            FileMode.Create,
            FileAccess.Write,
            FileShare.Read,
            1
        );
        _segment.Write(SegmentFormat.Header(_number));
        _segment.Flush(flushToDisk: true);
        _directory.Sync();
    }

    private sealed class Batch
    {
        internal GrowingBuffer Bytes { get; } = new(16 * 1024);

        internal List<Action> WhenDurable { get; } = [];

        internal SnapshotCapture? Snapshot { get; set; }

        internal bool IsEmpty => Bytes.Length == 0 && WhenDurable.Count == 0;
    }
}
