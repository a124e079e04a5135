namespace EventMeet.Recorder.Storage;

/// <summary>
/// The end of one file that is not certain to be in storage: memory first; when the budget has no memory left, a local file
/// until that is empty again. Safe to use from the one who appends and the one who sends at the same time.
/// </summary>
/// <param name="budget">What all files together may keep.</param>
/// <param name="spillPath">The local file; made when it is needed, gone when it is empty.</param>
internal sealed class UnsentBytes(SpillBudget budget, string spillPath) : IDisposable
{
    private const int ChunkLength = 64 << 10;

    private readonly Lock _lock = new();
    private readonly LinkedList<Chunk> _chunks = [];
    private FileStream? _spill;
    private long _spillStart;
    private long _spillLength;
    private bool _disposed;

    /// <summary>Gets the place in the file of the first byte that is kept.</summary>
    public long Start { get; private set; }

    /// <summary>Gets the place behind the last one.</summary>
    public long End { get; private set; }

    /// <summary>Appends bytes; all or none.</summary>
    /// <returns>False when neither memory nor disk has room for them.</returns>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return false;
            }

            // What was spilled comes first, so what follows it has to queue behind it.
            if (_spillLength == 0 && TryAppendToMemory(bytes))
            {
                End += bytes.Length;
                return true;
            }

            if (!budget.TryTakeDisk(bytes.Length))
            {
                return false;
            }

            if (!TrySpill(bytes))
            {
                budget.ReturnDisk(bytes.Length);
                return false;
            }

            End += bytes.Length;
            return true;
        }
    }

    /// <summary>Copies bytes from a place on, as many as there are and fit.</summary>
    /// <param name="from">At least <see cref="Start"/>.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>How many.</returns>
    public int Read(long from, Span<byte> destination)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(from, Start);
            var read = 0;
            var place = Start;
            foreach (var chunk in _chunks)
            {
                read += Copy(chunk.Bytes.AsSpan(chunk.Offset, chunk.Length), place, from + read, destination[read..]);
                place += chunk.Length;
            }

            if (_spill is not null && _spillLength > 0 && read < destination.Length && from + read < End)
            {
                var offset = _spillStart + (from + read - place);
                var count = (int)Math.Min(destination.Length - read, End - from - read);
                read += RandomAccess.Read(_spill.SafeFileHandle, destination.Slice(read, count), offset);
            }

            return read;
        }
    }

    /// <summary>Forgets what comes before a place.</summary>
    public void Forget(long before)
    {
        lock (_lock)
        {
            while (Start < before && _chunks.First is { } first)
            {
                var count = (int)Math.Min(before - Start, first.Value.Length);
                Start += count;
                if (count == first.Value.Length)
                {
                    _chunks.RemoveFirst();
                    budget.ReturnMemory(first.Value.Bytes.Length);
                }
                else
                {
                    first.Value = first.Value with
                    {
                        Offset = first.Value.Offset + count,
                        Length = first.Value.Length - count,
                    };
                }
            }

            var spilled = Math.Min(before - Start, _spillLength);
            if (spilled > 0)
            {
                Start += spilled;
                _spillStart += spilled;
                _spillLength -= spilled;
                if (_spillLength == 0)
                {
                    CloseSpill();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            budget.ReturnMemory(_chunks.Sum(static chunk => (long)chunk.Bytes.Length));
            _chunks.Clear();
            CloseSpill();
        }
    }

    private static int Copy(ReadOnlySpan<byte> source, long sourcePlace, long from, Span<byte> destination)
    {
        if (from < sourcePlace || from >= sourcePlace + source.Length)
        {
            return 0;
        }

        source = source[(int)(from - sourcePlace)..];
        source = source[..Math.Min(source.Length, destination.Length)];
        source.CopyTo(destination);
        return source.Length;
    }

    private bool TryAppendToMemory(ReadOnlySpan<byte> bytes)
    {
        var room = _chunks.Last is { } last ? last.Value.Room : 0;
        var more = Math.Max(0, bytes.Length - room);
        var chunks = (more + ChunkLength - 1) / ChunkLength;
        if (!budget.TryTakeMemory((long)chunks * ChunkLength))
        {
            return false;
        }

        while (!bytes.IsEmpty)
        {
            if (_chunks.Last is not { } end || end.Value.Room == 0)
            {
                end = _chunks.AddLast(new Chunk(new byte[ChunkLength], 0, 0));
            }

            var count = Math.Min(end.Value.Room, bytes.Length);
            bytes[..count].CopyTo(end.Value.Bytes.AsSpan(end.Value.Offset + end.Value.Length));
            end.Value = end.Value with { Length = end.Value.Length + count };
            bytes = bytes[count..];
        }

        return true;
    }

    private bool TrySpill(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (_spill is null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(spillPath)!);
                _spill = new(
                    spillPath,
                    FileMode.Create,
                    FileAccess.ReadWrite,
                    FileShare.None,
                    0,
                    FileOptions.DeleteOnClose
                );
                _spillStart = 0;
            }

            RandomAccess.Write(_spill.SafeFileHandle, bytes, _spillStart + _spillLength);
            _spillLength += bytes.Length;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full or gone: as if the budget were spent.
            return false;
        }
    }

    private void CloseSpill()
    {
        // The local file takes its whole length until it is gone, also what of it was sent.
        budget.ReturnDisk(_spillStart + _spillLength);
        (_spillStart, _spillLength) = (0, 0);
        _spill?.Dispose();
        _spill = null;
    }

    private readonly record struct Chunk(byte[] Bytes, int Offset, int Length)
    {
        public int Room => Bytes.Length - Offset - Length;
    }
}
