using EventMeet.Functions;
using Microsoft.Extensions.Options;

// Azure Functions starts this executable as its custom handler; the two commands are for whoever builds or runs it.
try
{
    if (args.Contains(CommandLine.WriteFunctions, StringComparer.Ordinal))
    {
        return CommandLine.RunWriteFunctions(args);
    }

    if (args.Contains(CommandLine.CreateKey, StringComparer.Ordinal))
    {
        return await CommandLine.RunCreateKeyAsync(args, TimeProvider.System);
    }

    await FunctionsApp.Build(args, TimeProvider.System).RunAsync();
    return 0;
}
catch (Exception e) when (e is OptionsValidationException or InvalidOperationException or FormatException)
{
    return CommandLine.Complain(e.Message);
}
