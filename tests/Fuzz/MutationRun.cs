using System.Globalization;
using EventMeet.Testing.Fuzzing;

namespace EventMeet.Fuzz;

/// <summary>Runs targets without instrumentation.</summary>
internal static class MutationRun
{
    /// <summary>Runs one target or all; a directory's files are added to the seeds.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string name, int seed, Plan plan, string? directory)
    {
        var failed = 0;
        foreach (var (each, target) in FuzzTargets.All.Where(target => name is "all" || target.Key == name))
        {
            var corpus = FuzzSeeds.Of(each).Concat(FilesOf(directory)).ToList();
            var goesOn = plan.Begin();
            var inputs = 0L;
            try
            {
                new Mutation(seed).Run(target, corpus, count => goesOn(inputs = count));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each}: {inputs} inputs"));
            }
            catch (FuzzException failure)
            {
                Console.WriteLine($"{each}: {failure}");
                failed++;
            }
        }

        return failed == 0 ? 0 : 1;
    }

    private static IEnumerable<byte[]> FilesOf(string? directory) =>
        directory is null ? [] : Directory.EnumerateFiles(directory).Select(File.ReadAllBytes);
}
