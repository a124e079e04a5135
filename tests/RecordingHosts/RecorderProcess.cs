using System.Diagnostics;
using System.Globalization;

namespace EventMeet.RecordingHosts;

/// <summary>A recorder on the other host.</summary>
internal sealed class RecorderProcess : IDisposable
{
    private static int _count;
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Lock _lock = new();

    /// <summary>Starts one.</summary>
    /// <param name="options">Where.</param>
    /// <param name="addresses">What it tells SFU workers.</param>
    public RecorderProcess(HostsOptions options, string addresses)
    {
        var number = Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture);
        _log = new(Path.Combine(options.Work, $"recorder-{number}.log"));
        var start = new ProcessStartInfo("ip", ["netns", "exec", options.Host, options.Recorder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (
            var (name, value) in new[]
            {
                ("Bus", options.Bus),
                ("Storage__ConnectionString", options.Storage),
                ("Storage__SpillFolder", Path.Combine(options.Work, $"spill-{number}")),
                ("Recorder__WorkFolder", Path.Combine(options.Work, $"files-{number}")),
                ("Recorder__Addresses", addresses),
                ("Recorder__MaxCpu", "1"),
                ("Worker__Name", $"recorder-{number}"),
            }
        )
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += Note;
        _process.ErrorDataReceived += Note;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Ends it as a failing machine does (SIGKILL); <c>ip</c> has become the recorder, so it is this process.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
        lock (_lock)
        {
            _log.Dispose();
        }
    }

    private void Note(object sender, DataReceivedEventArgs received)
    {
        lock (_lock)
        {
            if (received.Data is { } line && _log.BaseStream is { CanWrite: true })
            {
                _log.WriteLine(line);
                _log.Flush();
            }
        }
    }
}
