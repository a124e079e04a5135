using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>
/// A running ffmpeg that is fed, or that hands out a few bytes. It stands back behind everything else on the machine (nice), gets its arguments
/// without a shell, and is killed when this is disposed of.
/// </summary>
internal sealed class MediaTool : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ToolComplaints _complaints = new();

    private MediaTool(Process process)
    {
        _process = process;
        PipeRoom.Enlarge(process.StandardInput.BaseStream);
        Heard = ListenAsync();
    }

    /// <summary>Gets what it reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Gets what it writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Gets the end of its standard error.</summary>
    public Task Heard { get; }

    /// <summary>Gets the last it complained of; empty if it did not.</summary>
    public string Complaints => _complaints.ToString();

    /// <summary>Starts it.</summary>
    /// <param name="options">Which program.</param>
    /// <param name="folder">Where; file names may be relative to it.</param>
    /// <param name="arguments">One by one; nothing in them is interpreted.</param>
    /// <exception cref="CompositionException">It is not there.</exception>
    public static MediaTool Start(CompositionOptions options, string folder, IEnumerable<string> arguments) =>
        new(StartProcess(options, folder, "level+error", arguments));

    /// <summary>Starts an ffmpeg with all its pipes.</summary>
    /// <param name="options">Which program.</param>
    /// <param name="folder">Where; file names may be relative to it.</param>
    /// <param name="logLevel">How much it says.</param>
    /// <param name="arguments">One by one; nothing in them is interpreted.</param>
    /// <exception cref="CompositionException">It is not there.</exception>
    internal static Process StartProcess(
        CompositionOptions options,
        string folder,
        string logLevel,
        IEnumerable<string> arguments
    )
    {
        var niceness = options.Niceness.ToString(CultureInfo.InvariantCulture);
        string[] quiet = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", logLevel];
        var start = new ProcessStartInfo("nice", ["-n", niceness, options.Ffmpeg, .. quiet, .. arguments])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new CompositionException(CompositeFault.EncoderFailed, "The encoder could not be started.", e);
        }
    }

    /// <summary>Writes all it reads. If it ends before, that is not this method's failure: <see cref="SucceedAsync"/> knows why.</summary>
    /// <param name="write">Writes to what it is given.</param>
    /// <param name="cancellationToken">Tells a program that ended from one that was ended.</param>
    public async Task FeedAsync(Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write(Input);
            await Input.DisposeAsync();
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            // The other end of the pipe is closed. Should it only have closed its input, it would wait for ever.
            _process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Waits until it has ended and everything it said was heard.</summary>
    /// <returns>Its exit code; 0 when all went well.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await Heard.WaitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Waits until it has ended.</summary>
    /// <param name="doing">What it does, for the failure's reason.</param>
    /// <param name="cancellationToken">Stops waiting; it is not killed before it is disposed of.</param>
    /// <exception cref="CompositionException">It failed.</exception>
    public async Task SucceedAsync(string doing, CancellationToken cancellationToken)
    {
        if (await WaitAsync(cancellationToken) is not 0 and var code)
        {
            throw new CompositionException(CompositeFault.EncoderFailed, $"The film failed while {doing}.")
            {
                Details = $"ffmpeg ended with {code.ToString(CultureInfo.InvariantCulture)}: {Complaints}",
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await Heard.ContinueWith(static _ => { }, TaskScheduler.Default);
        _process.Dispose();
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _complaints.Add(line);
        }
    }
}
