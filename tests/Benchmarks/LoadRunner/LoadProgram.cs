using System.Text.Json;
using EventMeet.Benchmarks.Reports;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>tests/Benchmarks/load: one scenario, or a series over numbers of subscribers.</summary>
internal static class LoadProgram
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Contains("--help"))
        {
            Console.WriteLine(LoadOptions.Usage);
            return 0;
        }

        LoadOptions options;
        try
        {
            options = LoadOptions.Read(arguments);
        }
        catch (FormatException failure)
        {
            await Console.Error.WriteLineAsync($"{failure.Message}\n{LoadOptions.Usage}");
            return 2;
        }

        var results = new List<LoadResult>();
        try
        {
            foreach (var subscribers in options.Series)
            {
                results.Add(await LoadRun.RunAsync(options with { Subscribers = subscribers }));
            }
        }
        catch (Exception failure)
            when (failure is HttpRequestException or InvalidOperationException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"{failure.Message} {failure.InnerException?.Message}");
            return 1;
        }

        Directory.CreateDirectory(options.Out);
        await File.WriteAllTextAsync(Path.Combine(options.Out, $"{options.Name}.json"), ToJson(results));
        Console.Write(LoadTable.Write(results));
        if (results.Count > 1)
        {
            LoadPlots.Write(options.Out, options.Name, [(options.Name, results)]);
        }

        return 0;
    }

    public static string ToJson(IReadOnlyList<LoadResult> results) =>
        JsonSerializer.Serialize(results, JsonSerializerOptions.Web);
}
