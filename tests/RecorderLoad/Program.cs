using EventMeet.RecorderLoad;

if (args.Length != 5)
{
    await Console.Error.WriteLineAsync("usage: EventMeet.RecorderLoad BUS ROOMS TRACKS BITS-PER-SECOND SECONDS");
    return 2;
}

await using var run = new LoadRun(
    args[0],
    Number(args[1]),
    Number(args[2]),
    Content.Encode(Number(args[3])),
    TimeSpan.FromSeconds(Number(args[4]))
);
return await run.RunAsync();

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
