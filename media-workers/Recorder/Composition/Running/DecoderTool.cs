using System.Diagnostics;

namespace EventMeet.Recorder.Composition.Running;

/// <summary>
/// A running ffmpeg that decodes: on its standard error it says what comes, on its standard output this comes. One thread reads both in
/// turn, and waits in the kernel: a line is read when the frame that it tells of is wanted, so that what ffmpeg wrote in many small pieces is found as one.
/// ffmpeg writes a frame, unbuffered, before it says anything of the next, so neither waits for the other.
/// </summary>
internal sealed class DecoderTool : IDisposable
{
    private const int LongestLine = 16 * 1024;

    private readonly Process _process;
    private readonly Stream _said;
    private readonly Stream _decoded;
    private readonly CancellationTokenRegistration _killing;
    private readonly byte[] _buffer = new byte[LongestLine];
    private int _from;
    private int _to;

    private DecoderTool(Process process, CancellationToken closing)
    {
        _process = process;
        _said = process.StandardError.BaseStream;
        _decoded = process.StandardOutput.BaseStream;
        PipeRoom.Enlarge(_decoded);
        _killing = closing.Register(Kill);
    }

    /// <summary>Gets what it complained of.</summary>
    public ToolComplaints Complaints { get; } = new();

    /// <summary>Starts it.</summary>
    /// <param name="options">Which program.</param>
    /// <param name="folder">Where; file names may be relative to it.</param>
    /// <param name="arguments">One by one; nothing in them is interpreted.</param>
    /// <param name="closing">Kills it, which ends all waiting.</param>
    /// <exception cref="CompositionException">It is not there.</exception>
    public static DecoderTool Start(
        CompositionOptions options,
        string folder,
        IEnumerable<string> arguments,
        CancellationToken closing
    ) => new(MediaTool.StartProcess(options, folder, "level+info", arguments), closing);

    /// <summary>Waits for the next line that is no complaint.</summary>
    /// <param name="line">Without its end; valid until the next call.</param>
    /// <returns>False when it has ended.</returns>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        while (TryReadAnyLine(out line))
        {
            if (!IsComplaint(line))
            {
                return true;
            }

            Complaints.Add(System.Text.Encoding.UTF8.GetString(line));
        }

        return false;
    }

    /// <summary>Waits for so many decoded bytes.</summary>
    /// <returns>False when it ended before.</returns>
    public bool TryRead(Span<byte> decoded) =>
        _decoded.ReadAtLeast(decoded, decoded.Length, throwOnEndOfStream: false) == decoded.Length;

    public void Dispose()
    {
        _killing.Dispose();
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private bool TryReadAnyLine(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var end = _buffer.AsSpan(_from + searched, _to - _from - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = _buffer.AsSpan(_from, searched + end);
                _from += searched + end + 1;
                return true;
            }

            searched = _to - _from;
            if (searched == _buffer.Length)
            {
                // No line of ours is that long.
                searched = _from = _to = 0;
            }

            _buffer.AsSpan(_from, searched).CopyTo(_buffer);
            (_from, _to) = (0, searched);
            if (_said.Read(_buffer.AsSpan(_to)) is not (> 0 and var read))
            {
                line = default;
                return false;
            }

            _to += read;
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    // "…non monotonically increasing dts to muxer in stream 0": frames in quick succession have one time in ffmpeg's output, where nobody
    // reads times; the file is none the worse.
    private static bool IsComplaint(ReadOnlySpan<byte> line) =>
        (line.IndexOf("[error]"u8) >= 0 || line.IndexOf("[fatal]"u8) >= 0 || line.IndexOf("[panic]"u8) >= 0)
        && line.IndexOf("dts to muxer"u8) < 0;
}
