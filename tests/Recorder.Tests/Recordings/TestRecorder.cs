using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Tests.Storage;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Tests.Recordings;

/// <summary>A whole recorder on loopback, but for the bus.</summary>
internal sealed class TestRecorder : IAsyncDisposable
{
    private readonly IHost _host;

    private TestRecorder(IHost host) => _host = host;

    public static async Task<TestRecorder> StartAsync(
        WorkBus bus,
        string storage,
        string scratch,
        params (string Key, string Value)[] settings
    )
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([
            new("Storage:ConnectionString", storage),
            new("Storage:CommitEvery", "00:00:00.5"),
            new("Storage:SpillFolder", Path.Combine(scratch, "spill")),
            new("Recorder:Addresses", "127.0.0.1"),
            new("Recorder:WorkFolder", Path.Combine(scratch, "work")),
            new("Recorder:MaxCpu", "1"),
            .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)),
        ]);
        builder.AddWorkerHost();
        builder.Services.AddStorage().AddRecordings().AddComposites().AddIntake();
        builder.Services.AddWorkerControl<RecorderOrder>(BusEntities.RecorderOrders);
        builder.Services.AddSingleton<IMessageBus>(bus);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host);
    }

    /// <summary>As SIGTERM does.</summary>
    public Task StopAsync() => _host.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
