namespace EventMeet.Functions.Hosting;

/// <summary>What this process waits for; nothing when all is well.</summary>
internal sealed class HealthBoard
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _waits = new(StringComparer.Ordinal);

    /// <summary>Notes that something is missing.</summary>
    /// <param name="what">One word, e.g. "storage".</param>
    /// <param name="sentence">What is the matter; no secrets.</param>
    public void Wait(string what, string sentence)
    {
        lock (_lock)
        {
            _waits[what] = sentence;
        }
    }

    /// <summary>Notes that it is there.</summary>
    public void Clear(string what)
    {
        lock (_lock)
        {
            _waits.Remove(what);
        }
    }

    /// <summary>Gets what is missing now.</summary>
    public IReadOnlyList<HealthWait> Read()
    {
        lock (_lock)
        {
            return [.. _waits.Select(wait => new HealthWait(wait.Key, wait.Value))];
        }
    }
}

/// <summary>One thing that is missing.</summary>
internal sealed record HealthWait(string For, string Because);
