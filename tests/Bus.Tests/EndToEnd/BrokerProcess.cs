using System.Diagnostics;
using System.Globalization;
using EventMeet.Contracts.Bus;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.Bus.Tests.EndToEnd;

/// <summary>The real program, which can be killed.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("bus-broker-").FullName;
    private Process? _process;

    internal int Port { get; private set; }

    internal async Task StartAsync(CancellationToken stop)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "EventMeet.Broker"))
        {
            ArgumentList = { "--port", Port.ToString(CultureInfo.InvariantCulture), "--data", _data },
            Environment = { ["EVENTMEET_BUS_KEY"] = LocalBroker.Key },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        var ready = await _process.StandardOutput.ReadLineAsync(stop);
        Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
        Port = new Uri(ready!["ready ".Length..]).Port;
    }

    internal async Task KillAsync(CancellationToken stop)
    {
        _process!.Kill();
        await _process.WaitForExitAsync(stop);
        _process.Dispose();
    }

    internal AmqpMessageBus Connect() =>
        new(
            BusConnectionOptions.FromConnectionString(
                $"Endpoint=sb://127.0.0.1:{Port};SharedAccessKeyName={LocalBroker.KeyName};SharedAccessKey={LocalBroker.Key};UseDevelopmentEmulator=true"
            ) with
            {
                OperationTimeout = TimeSpan.FromSeconds(60),
            },
            TimeProvider.System,
            NullLogger<AmqpMessageBus>.Instance
        );

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process?.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}
