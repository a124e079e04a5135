namespace EventMeet.RecordingHosts;

/// <summary>Counts what is as it must be, a line each.</summary>
internal sealed class Checks
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public void Note(string trial, bool isGood, string what)
    {
        _ = isGood ? Passed++ : Failed++;
        Console.WriteLine($"{(isGood ? "ok    " : "FAILED")}  {trial}: {what}");
    }
}
