namespace EventMeet.Recorder.Composition.Running;

/// <summary>The last that an ffmpeg complained of; for one thread at a time to write.</summary>
internal sealed class ToolComplaints
{
    // Enough for what ffmpeg says at the end; it repeats itself before.
    private const int Kept = 20;
    private const int LongestLine = 400;

    private readonly Queue<string> _lines = new();

    /// <summary>Gets how many there were, also those that are not kept.</summary>
    public int Count { get; private set; }

    /// <summary>One more.</summary>
    public void Add(string line)
    {
        lock (_lines)
        {
            Count++;
            if (_lines.Count == Kept)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line.Length > LongestLine ? line[..LongestLine] : line);
        }
    }

    public override string ToString()
    {
        lock (_lines)
        {
            return string.Join("; ", _lines);
        }
    }
}
