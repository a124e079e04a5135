using System.Diagnostics;

namespace EventMeet.Recorder.Tests.Fixtures;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    public static async Task<Outcome> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var output = new MemoryStream();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, output.ToArray(), await errors);
    }

    public static async Task<byte[]> FfmpegAsync(params string[] arguments)
    {
        var outcome = await RunAsync("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", .. arguments]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return outcome.Output;
    }

    internal sealed record Outcome(int ExitCode, byte[] Output, string Errors);
}
