using EventMeet.RecordingHosts;

var options = HostsOptions.FromEnvironment();
var checks = new Checks();
Meeting.Prepare();
await using var control = new ControlPlane(options.Bus);
var trials = new Trials(options, control, checks);
(string Name, Func<Task> Run)[] all =
[
    ("two hosts", trials.LosesNothingAsync),
    ("dead addresses first", trials.FindsTheAddressAsync),
    ("a spare recorder", () => trials.SurvivesAKillAsync("a spare recorder", isSpareThere: true)),
    ("a recorder started anew", () => trials.SurvivesAKillAsync("a recorder started anew", isSpareThere: false)),
];
foreach (var (name, run) in all.Where(trial => args.Length == 0 || args.Contains(trial.Name, StringComparer.Ordinal)))
{
    try
    {
        await run();
    }
    catch (TimeoutException failure)
    {
        checks.Note(name, isGood: false, failure.Message);
    }
}

Console.WriteLine($"{checks.Passed} passed, {checks.Failed} failed");
return checks.Failed == 0 ? 0 : 1;
