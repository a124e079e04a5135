namespace EventMeet.Sfu.Links;

/// <summary>
/// Wakes a shard's thread for what other shards have written, with a system call only if it sleeps. The sleeper says so before it
/// looks for the last time; who rings looks after having written. Each puts a full fence between, so one of them sees the other.
/// </summary>
/// <param name="wake">Ends the sleep, also one that is only about to begin; from any thread.</param>
internal sealed class ShardBell(Action wake)
{
    private int _isAsleep;

    /// <summary>Wakes the thread if it sleeps; from any thread, after writing.</summary>
    public void Ring()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0)
        {
            wake();
        }
    }

    /// <summary>The thread is about to sleep: it must look once more for what was written, and then may.</summary>
    public void PrepareToSleep()
    {
        Volatile.Write(ref _isAsleep, 1);
        Interlocked.MemoryBarrier();
    }

    /// <summary>The thread does not sleep any more.</summary>
    public void Awake() => Volatile.Write(ref _isAsleep, 0);
}
