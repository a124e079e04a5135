using EventMeet.SelfTest;

if (!SelfTestOptions.TryRead(args, out var options, out var problem))
{
    await Console.Error.WriteLineAsync(problem);
    return 2;
}

using var patience = new CancellationTokenSource(SelfTestOptions.LongestRun, TimeProvider.System);
using var api = new EventMeetApi(options.Url, options.ReadKey());
using var run = new SelfTestRun(options, api, TimeProvider.System);
try
{
    return await run.RunAsync(patience.Token) ? 0 : 1;
}
catch (SelfTestException failure)
{
    Console.WriteLine($"FAILED  {failure.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    Console.WriteLine($"FAILED  It took longer than {SelfTestOptions.LongestRun.TotalSeconds} s.");
    return 1;
}
finally
{
    await run.CleanUpAsync();
}
