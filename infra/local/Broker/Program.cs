using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EventMeet.Broker.Hosting;
using Microsoft.Extensions.Logging;

const int Failed = 1;
const int Misused = 2;

if (args.Contains("--help", StringComparer.Ordinal))
{
    Console.WriteLine(CommandLine.Usage);
    return 0;
}

var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    var settings = CommandLine.Read(args, Environment.GetEnvironmentVariable);
    var logger = new ErrorStreamLogger(settings.IsVerbose ? LogLevel.Debug : LogLevel.Information, TimeProvider.System);
    await using var broker = BrokerHost.Start(settings, TimeProvider.System, logger);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready amqp://{settings.Host}:{broker.Port}"));
    await await Task.WhenAny(stopping.Task, broker.Ended);
    return 0;
}
catch (Exception exception) when (exception is FormatException or ArgumentException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return Misused;
}
catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"The broker cannot run: {exception.Message}");
    return Failed;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.TrySetResult();
}
