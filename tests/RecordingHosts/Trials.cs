using System.Globalization;
using EventMeet.Contracts.Messages;

namespace EventMeet.RecordingHosts;

/// <summary>What is tried.</summary>
internal sealed class Trials(HostsOptions options, ControlPlane control, Checks checks)
{
    private const int Tracks = 4;

    // What is not told in time: the first key frame is waited for, the last packets are under way when the order to stop comes.
    private static readonly TimeSpan Edge = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MostLost = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestTakeover = TimeSpan.FromSeconds(10);

    /// <summary>A network that loses and delays leaves no gap.</summary>
    public Task LosesNothingAsync() => TryAsync("two hosts", options.Address, relays: 1);

    /// <summary>Addresses that lead nowhere are tried and left: no route, no such neighbour, a host where nobody listens.</summary>
    public Task FindsTheAddressAsync() =>
        TryAsync("dead addresses first", $"192.0.2.1,198.51.100.77,198.51.100.1,{options.Address}", relays: 1);

    /// <summary>A recorder that is killed is replaced.</summary>
    /// <param name="name">What this is called.</param>
    /// <param name="isSpareThere">True when another recorder runs already, false when one is started after the kill.</param>
    public async Task SurvivesAKillAsync(string name, bool isSpareThere)
    {
        await using var trial = await Trial.BeginAsync(options, control);
        var first = await trial.StartRecorderAsync();
        await trial.RecordAsync();
        if (isSpareThere)
        {
            _ = await trial.StartRecorderAsync();
        }

        await Trial.WaitAsync(8);
        var killedAt = Trial.Now;
        first.Kill();
        if (!isSpareThere)
        {
            _ = await trial.StartRecorderAsync(wait: false);
        }

        await Trial.UntilAsync("the second take", () => trial.Started.Count > 1, TimeSpan.FromSeconds(30));
        var took = Trial.Now - killedAt;
        checks.Note(name, took <= LongestTakeover, $"goes on {Seconds(took)} after the kill");
        await Trial.WaitAsync(8);
        var stored = await CheckEndAsync(name, trial, files: 2 * Tracks);
        var outages = stored.Timeline.GetProperty("outages").EnumerateArray().ToList();
        checks.Note(name, outages.Count == 1, $"one outage ({outages.Count})");
        var ends = stored.Files.GroupBy(file => file.Track).Select(files => Find(trial, files.First())?.To).ToList();
        var lost = killedAt - (ends.Contains(null) ? DateTimeOffset.MinValue : ends.Min()!.Value);
        checks.Note(name, lost <= MostLost, $"{Seconds(lost)} before the kill are missing at most");
        var begins = stored.Files.GroupBy(file => file.Track).Select(files => Find(trial, files.Last())?.From).ToList();
        var missing = (begins.Contains(null) ? DateTimeOffset.MaxValue : begins.Max()!.Value) - killedAt;
        checks.Note(name, missing <= LongestTakeover, $"has everything again {Seconds(missing)} after the kill");
        checks.Note(name, trial.Finished[0].StartedAt == trial.Started[0].At, "it began when the first take began");
    }

    private async Task TryAsync(string name, string addresses, int relays)
    {
        await using var trial = await Trial.BeginAsync(options, control);
        _ = await trial.StartRecorderAsync(addresses);
        await trial.RecordAsync();
        var startedAt = Trial.Now;
        await Trial.WaitAsync(15);
        var stoppedAt = Trial.Now;
        var stored = await CheckEndAsync(name, trial, Tracks);
        var spans = stored.Files.ConvertAll(file => Find(trial, file));
        var late = spans.Max(span => span?.From - startedAt) ?? TimeSpan.MaxValue;
        var early = spans.Max(span => stoppedAt - span?.To) ?? TimeSpan.MaxValue;
        checks.Note(name, late <= Edge && early <= Edge, $"begins within {Seconds(late)}, ends {Seconds(early)} early");
        checks.Note(name, trial.Relays == relays, $"one relay was enough ({trial.Relays})");
    }

    private async Task<StoredRecording> CheckEndAsync(string name, Trial trial, int files)
    {
        var stored = await trial.StopAsync();
        var finished = trial.Finished;
        checks.Note(name, finished.Count == 1, $"finished is said once ({finished.Count})");
        checks.Note(
            name,
            finished[0] is { Reason: RecordingEnd.Stopped, Fault: null },
            $"no fault: {finished[0].Reason}, {finished[0].Fault ?? "none"}"
        );
        checks.Note(
            name,
            stored.Files.Count == files && stored.Complaints.Count == 0,
            $"{files} files as reported ({stored.Files.Count}) {string.Join(", ", stored.Complaints)}"
        );
        var lost = stored
            .Timeline.GetProperty("tracks")
            .EnumerateArray()
            .Sum(track => track.GetProperty("lostPackets").GetInt64());
        checks.Note(name, lost == 0, $"the timeline knows of no lost packet ({lost})");
        var broken = stored
            .Files.Select(file => (file, Found: Find(trial, file)))
            .Where(entry => entry.Found is not { IsWhole: true })
            .Select(entry => $"{entry.file.Reported.Name}: {entry.Found?.ToString() ?? "nothing of it was sent"}")
            .ToList();
        checks.Note(
            name,
            broken.Count == 0,
            $"every file is one unbroken run of what was sent: {stored.Files.Sum(file => file.Frames.Count)} frames {string.Join(", ", broken)}"
        );
        return stored;
    }

    private static FoundFrames? Find(Trial trial, StoredTrackFile file) => file.FindIn(trial.Meeting.Sent[file.Track]);

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");
}
