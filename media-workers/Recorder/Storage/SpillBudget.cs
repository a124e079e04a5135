namespace EventMeet.Recorder.Storage;

/// <summary>How much all files of the process together may keep while storage does not take it.</summary>
/// <param name="memory">In bytes.</param>
/// <param name="disk">In bytes.</param>
internal sealed class SpillBudget(long memory, long disk)
{
    private long _memory = memory;
    private long _disk = disk;

    /// <summary>Takes bytes of memory, if there are so many.</summary>
    public bool TryTakeMemory(long count) => TryTake(ref _memory, count);

    /// <summary>Gives them back.</summary>
    public void ReturnMemory(long count) => Interlocked.Add(ref _memory, count);

    /// <summary>Takes bytes of disk, if there are so many.</summary>
    public bool TryTakeDisk(long count) => TryTake(ref _disk, count);

    /// <summary>Gives them back.</summary>
    public void ReturnDisk(long count) => Interlocked.Add(ref _disk, count);

    private static bool TryTake(ref long left, long count)
    {
        if (Interlocked.Add(ref left, -count) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref left, count);
        return false;
    }
}
