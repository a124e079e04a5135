using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EventMeet.Benchmarks.BareWorker;
using EventMeet.Benchmarks.Composites;
using EventMeet.Benchmarks.FunctionsLoad;
using EventMeet.Benchmarks.LoadRunner;

switch (args)
{
    case ["serve", .. var rest]:
        return await BareWorkerProgram.RunAsync(rest);
    case ["load", .. var rest]:
        return await LoadProgram.RunAsync(rest);
    case ["functions", .. var rest]:
        return await FunctionsLoadProgram.RunAsync(rest);
    case ["composites", .. var rest]:
        return await CompositeProgram.RunAsync(rest);
    default:
        // In this process: a generated project would not inherit the solution's settings.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        BenchmarkSwitcher.FromAssembly(typeof(LoadProgram).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
        return 0;
}
