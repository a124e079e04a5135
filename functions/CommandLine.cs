using EventMeet.Functions.Hosting;
using EventMeet.Functions.Keys;

namespace EventMeet.Functions;

/// <summary>What the executable can be asked for instead of serving.</summary>
internal static class CommandLine
{
    public const string WriteFunctions = "--write-functions";
    public const string CreateKey = "--create-key";

    /// <summary>Writes the function.json files: <c>--write-functions DIR</c>.</summary>
    public static int RunWriteFunctions(string[] args)
    {
        if (ValueOf(args, WriteFunctions) is not { } folder)
        {
            return Complain($"{WriteFunctions} needs a folder.");
        }

        FunctionManifest.Write(FunctionTable.All, folder);
        return 0;
    }

    /// <summary>Makes an API key: <c>--create-key --tenant NAME [--key-file FILE [--if-missing]]</c>.</summary>
    public static async Task<int> RunCreateKeyAsync(string[] args, TimeProvider clock)
    {
        if (ValueOf(args, "--tenant") is not { } tenant)
        {
            return Complain($"{CreateKey} needs --tenant NAME.");
        }

        CreateKeyArguments arguments = new(
            tenant,
            ValueOf(args, "--key-file"),
            args.Contains("--if-missing", StringComparer.Ordinal)
        );
        var app = FunctionsApp.BuildForCommand(clock);
        var masterKey = app.Configuration["Keys:MasterKeyFile"];
        await CreateKeyCommand.EnsureMasterKeyAsync(masterKey, CancellationToken.None);
        return await app.Services.GetRequiredService<CreateKeyCommand>().RunAsync(arguments, CancellationToken.None);
    }

    /// <summary>Says on standard error what is wrong.</summary>
    /// <returns>The exit code.</returns>
    public static int Complain(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return 2;
    }

    private static string? ValueOf(string[] args, string option)
    {
        var at = Array.IndexOf(args, option);
        return at >= 0 && at + 1 < args.Length && !args[at + 1].StartsWith("--", StringComparison.Ordinal)
            ? args[at + 1]
            : null;
    }
}
