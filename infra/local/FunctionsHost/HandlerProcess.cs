using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace EventMeet.FunctionsHost;

/// <summary>
/// The custom handler's one process: started with the environment that the Functions host gives it, started again
/// whenever it ends. Where Azure's host gives up after three failures within half an hour, this one goes on, ever slower.
/// </summary>
internal sealed class HandlerProcess(
    FunctionApp app,
    IOptions<HostSettings> settings,
    IHttpClientFactory clients,
    TimeProvider clock,
    ILogger<HandlerProcess> logger
) : BackgroundService
{
    public const string ClientName = "handler";

    private static readonly TimeSpan InitializationTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan FirstRestartDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRestartDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private TaskCompletionSource<Uri> _ready = NewSource();

    /// <summary>Waits until the handler answers.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Where it listens.</returns>
    public Task<Uri> WhenReadyAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = FirstRestartDelay;
        while (!stoppingToken.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            using var process = Start(out var address);
            try
            {
                await AnnounceWhenReadyAsync(process, address, stoppingToken);
                await process.WaitForExitAsync(stoppingToken);
                logger.HandlerEnded(process.ExitCode);
            }
            catch (TimeoutException)
            {
                logger.HandlerNeverReady(InitializationTimeout.TotalSeconds);
            }
            finally
            {
                Interlocked.Exchange(ref _ready, NewSource()).TrySetCanceled(CancellationToken.None);
                await EndAsync(process);
            }

            delay = clock.GetElapsedTime(started) > StableAfter ? FirstRestartDelay : delay;
            await Task.Delay(delay, clock, stoppingToken);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestRestartDelay.Ticks));
        }
    }

    private static TaskCompletionSource<Uri> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Process Start(out Uri address)
    {
        var port = FreePort();
        address = new Uri($"http://127.0.0.1:{port}/");
        var start = new ProcessStartInfo(Path.Combine(app.Folder, app.Executable), app.Arguments)
        {
            WorkingDirectory = app.Folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        var text = port.ToString(CultureInfo.InvariantCulture);
        foreach (var prefix in (string[])["FUNCTIONS_CUSTOMHANDLER", "FUNCTIONS_HTTPWORKER"])
        {
            start.Environment[$"{prefix}_PORT"] = text;
        }

        start.Environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = $"local-{text}";
        start.Environment["FUNCTIONS_HTTPWORKER_ID"] = $"local-{text}";
        start.Environment["FUNCTIONS_APP_ROOT_PATH"] = app.Folder;
        var process =
            Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} cannot be started.");
        process.OutputDataReceived += (_, line) => Relay(line.Data);
        process.ErrorDataReceived += (_, line) => Relay(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (settings.Value.HandlerPidFile.Length > 0)
        {
            File.WriteAllText(settings.Value.HandlerPidFile, process.Id.ToString(CultureInfo.InvariantCulture));
        }

        return process;
    }

    // The handler's log is the app's log: it stays as it was written.
    private static void Relay(string? line)
    {
        if (line is not null)
        {
            Console.WriteLine(line);
        }
    }

    // Any answer at all means that the handler is up; Azure's host asks every 25 ms, too.
    private async Task AnnounceWhenReadyAsync(Process process, Uri address, CancellationToken stopping)
    {
        using var client = clients.CreateClient(ClientName);
        var started = clock.GetTimestamp();
        while (!process.HasExited)
        {
            try
            {
                using var response = await client.GetAsync(address, stopping);
                _ready.TrySetResult(address);
                logger.HandlerReady(process.Id, (long)clock.GetElapsedTime(started).TotalMilliseconds);
                return;
            }
            catch (HttpRequestException) when (clock.GetElapsedTime(started) < InitializationTimeout)
            {
                await Task.Delay(ProbeInterval, clock, stopping);
            }
            catch (HttpRequestException)
            {
                throw new TimeoutException();
            }
        }
    }

    private async Task EndAsync(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        // SIGTERM first: what is in flight is answered. .NET has no call for it; the shell's kill is everywhere.
        using (Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            using var patience = new CancellationTokenSource(StopPatience, clock);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
