using EventMeet.Benchmarks.BareWorker;
using EventMeet.Benchmarks.Composites;
using EventMeet.Benchmarks.FanOut;
using EventMeet.Benchmarks.FunctionsLoad;
using EventMeet.Benchmarks.Joins;
using EventMeet.Benchmarks.LoadRunner;
using EventMeet.Benchmarks.Reports;
using EventMeet.Benchmarks.Spread;

switch (args)
{
    case ["serve", .. var rest]:
        return await BareWorkerProgram.RunAsync(rest);
    case ["load", .. var rest]:
        return await LoadProgram.RunAsync(rest);
    case ["joins", .. var rest]:
        return await JoinsRun.RunAsync(rest);
    case ["functions", .. var rest]:
        return await FunctionsLoadProgram.RunAsync(rest);
    case ["composites", .. var rest]:
        return await CompositeProgram.RunAsync(rest);
    case ["fan-out", .. var rest]:
        return FanOutProgram.Run(rest);
    case ["spread"]:
        return SpreadProgram.Run();
    case ["stay-awake"]:
        return AwakeCpus.Run();
    case ["all", .. var rest]:
        return await AllProgram.RunAsync(rest);
    default:
        AllProgram.RunMicro(args);
        return 0;
}
