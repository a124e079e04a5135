using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using EventMeet.Sfu;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>A bare worker in a process of its own; ends with this object, or when the runner ends.</summary>
internal sealed class BareWorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http = new();

    private BareWorkerProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    public int Pid => _process.Id;

    public static async Task<BareWorkerProcess> StartAsync(int shards, int? turn = null, bool spread = false)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add("serve");
        start.ArgumentList.Add(shards.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add((turn ?? new SfuOptions().TurnMicroseconds).ToString(CultureInfo.InvariantCulture));
        if (spread)
        {
            start.ArgumentList.Add("spread");
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("The worker did not start.");
        var line = await process.StandardOutput.ReadLineAsync();
        return line?.Split(' ') is ["ready", var url]
            ? new BareWorkerProcess(process, url)
            : throw new InvalidOperationException($"The worker said \"{line}\".");
    }

    /// <summary>Asks what its garbage collector has done and what its engines refused.</summary>
    public async Task<WorkerFacts> DescribeAsync()
    {
        var facts = await _http.GetFromJsonAsync<JsonElement>($"{Url}stats");
        return new WorkerFacts(
            facts.GetProperty("allocatedBytes").GetInt64(),
            facts.GetProperty("collections").GetInt32(),
            facts.GetProperty("pauseMilliseconds").GetDouble(),
            facts.GetProperty("faults").EnumerateObject().ToDictionary(each => each.Name, each => each.Value.GetInt64())
        );
    }

    /// <summary>Has it collect its garbage and asks what is left.</summary>
    public async Task<WorkerWeight> WeighAsync()
    {
        var facts = await _http.GetFromJsonAsync<JsonElement>($"{Url}weight");
        return new WorkerWeight(
            facts.GetProperty("managedBytes").GetInt64(),
            facts.GetProperty("nativeBytes").GetInt64(),
            new ProcessProbe(Pid).ResidentBytes()
        );
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }
}

/// <summary>What a bare worker's memory holds after a full collection, in bytes.</summary>
/// <param name="ManagedBytes">Live objects.</param>
/// <param name="NativeBytes">What the C library's allocator has given out.</param>
/// <param name="ResidentBytes">The process, all included.</param>
internal sealed record WorkerWeight(long ManagedBytes, long NativeBytes, long ResidentBytes);

/// <summary>What a bare worker tells of itself, since its start.</summary>
/// <param name="AllocatedBytes">By all threads.</param>
/// <param name="Collections">Of any generation.</param>
/// <param name="PauseMilliseconds">All pauses together.</param>
/// <param name="Faults">Why datagrams were refused, and how often.</param>
internal sealed record WorkerFacts(
    long AllocatedBytes,
    int Collections,
    double PauseMilliseconds,
    IReadOnlyDictionary<string, long> Faults
);
