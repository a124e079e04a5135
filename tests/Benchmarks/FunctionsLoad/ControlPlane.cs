using System.Globalization;

namespace EventMeet.Benchmarks.FunctionsLoad;

/// <summary>The processes of a running infra/local/up, as its eventmeet.env names them, and their CPU time.</summary>
internal sealed class ControlPlane
{
    private readonly Dictionary<string, string> _values;

    /// <summary>Reads the file that <c>infra/local/up</c> writes.</summary>
    public ControlPlane(string environmentFile)
    {
        _values = File.ReadLines(environmentFile)
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var handler = File.ReadAllText(_values["EVENTMEET_HANDLER_PID_FILE"]).Trim();
        Processes =
        [
            ("handler", handler),
            ("functions host", _values["EVENTMEET_FUNCTIONS_HOST_PID"]),
            ("azurite", _values["EVENTMEET_AZURITE_PID"]),
            ("broker", _values["EVENTMEET_BROKER_PID"]),
            ("sfu worker", _values["EVENTMEET_SFU_PID"]),
        ];
    }

    public Uri Url => new(_values["EVENTMEET_URL"]);

    public string ApiKey => _values["EVENTMEET_API_KEY"];

    private IReadOnlyList<(string Name, string Pid)> Processes { get; }

    /// <summary>Gets each process's CPU time since its start.</summary>
    public IReadOnlyDictionary<string, TimeSpan> ReadCpu() =>
        Processes.ToDictionary(process => process.Name, process => CpuOf(process.Pid), StringComparer.Ordinal);

    // proc(5): fields 14 and 15, in hundredths of a second, threads that have ended included.
    private static TimeSpan CpuOf(string pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks =
            long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromMilliseconds(ticks * 10);
    }
}
