using System.Globalization;
using EventMeet.Fuzz;
using EventMeet.Testing.Fuzzing;
using SharpFuzz;

const string Usage = """
    usage: EventMeet.Fuzz TARGET                              under libfuzzer-dotnet or AFL, instrumented with SharpFuzz
           EventMeet.Fuzz --mutate COUNT|SECONDSs SEED TARGET|all [DIRECTORY]
           EventMeet.Fuzz --list
    """;

switch (args)
{
    case ["--list"]:
        Console.WriteLine(string.Join('\n', FuzzTargets.All.Keys));
        return 0;
    case [var name] when FuzzTargets.All.TryGetValue(name, out var target):
        Fuzzer.LibFuzzer.Run(input => target(input));
        return 0;
    case ["--mutate", var amount, var seed, var name, .. var directory]
        when int.TryParse(seed, CultureInfo.InvariantCulture, out var number)
            && Plan.TryRead(amount, TimeProvider.System, out var plan)
            && (name is "all" || FuzzTargets.All.ContainsKey(name)):
        return MutationRun.Run(name, number, plan, directory.FirstOrDefault());
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}
