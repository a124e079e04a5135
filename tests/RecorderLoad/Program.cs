using EventMeet.RecorderLoad;

if (args.Length != 5)
{
    Console.Error.WriteLine("usage: EventMeet.RecorderLoad BUS ROOMS TRACKS BITS-PER-SECOND SECONDS");
    return 2;
}

await using var run = new LoadRun(
    args[0],
    Number(args[1]),
    Number(args[2]),
    Number(args[3]),
    TimeSpan.FromSeconds(Number(args[4]))
);
return await run.RunAsync();

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
