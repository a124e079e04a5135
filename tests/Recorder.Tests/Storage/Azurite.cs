using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EventMeet.Recorder.Tests.Fixtures;

namespace EventMeet.Recorder.Tests.Storage;

/// <summary>An Azurite of the test's own, which can be killed and started again on the same data.</summary>
internal sealed class Azurite : IAsyncDisposable
{
    // Azurite's published development account.
    private const string Account =
        "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly SemaphoreSlim Installing = new(1);

    private readonly Scratch _data = new();
    private readonly int _port = FreePort();
    private Process? _process;

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;{Account};BlobEndpoint=http://127.0.0.1:{_port}/devstoreaccount1;";

    public static async Task<Azurite> StartedAsync()
    {
        await InstallAsync();
        var azurite = new Azurite();
        await azurite.StartAsync();
        return azurite;
    }

    public async Task StartAsync()
    {
        string[] arguments =
        [
            Path.Combine(Local(), "node_modules/azurite/dist/src/blob/main.js"),
            "--silent",
            "--disableTelemetry",
            "--skipApiVersionCheck",
            "--location",
            _data.Folder,
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            $"{_port}",
        ];
        _process = Process.Start(
            new ProcessStartInfo("node", arguments) { UseShellExecute = false, RedirectStandardOutput = true }
        )!;
        for (var attempt = 0; attempt < 600; attempt++)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, _port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited, "Azurite did not start.");
                await Task.Delay(
                    TimeSpan.FromMilliseconds(50),
                    TimeProvider.System,
                    TestContext.Current.CancellationToken
                );
            }
        }

        Assert.Fail("Azurite did not listen within 30 s.");
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _data.Dispose();
    }

    private static async Task InstallAsync()
    {
        await Installing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (!Directory.Exists(Path.Combine(Local(), "node_modules/azurite")))
            {
                var outcome = await Tool.RunAsync("npm", "ci", "--no-audit", "--no-fund", "--prefix", Local());
                Assert.True(outcome.ExitCode == 0, outcome.Errors);
            }
        }
        finally
        {
            Installing.Release();
        }
    }

    private static string Local([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../infra/local"));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
