using System.Globalization;

namespace EventMeet.Recorder.Work;

/// <summary>
/// Measures how busy process and machine are, smoothed over some seconds. The machine's time for niced processes does not count:
/// composites use what is left.
/// </summary>
internal sealed class LoadMeter
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const double Smoothing = 0.3; // of what is new; three seconds or so

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private long _sampledAt;
    private TimeSpan _processTime;
    private (long Busy, long All) _machineTime;
    private double _process;
    private double _machine;

    /// <summary>Starts measuring.</summary>
    public LoadMeter(TimeProvider clock)
    {
        _clock = clock;
        _sampledAt = clock.GetTimestamp();
        _processTime = Environment.CpuUsage.TotalTime;
        _machineTime = ReadMachine();
    }

    /// <summary>Gets the share of all cores that this process uses, 0 to 1.</summary>
    public double Process => Sample().Process;

    /// <summary>Gets the share of all cores that is in use by whatever is not niced, 0 to 1.</summary>
    public double Machine => Sample().Machine;

    private (double Process, double Machine) Sample()
    {
        lock (_lock)
        {
            var elapsed = _clock.GetElapsedTime(_sampledAt);
            if (elapsed < Interval)
            {
                return (_process, _machine);
            }

            var (processTime, machineTime) = (Environment.CpuUsage.TotalTime, ReadMachine());
            var process = (processTime - _processTime) / elapsed / Environment.ProcessorCount;
            var all = machineTime.All - _machineTime.All;
            var machine = all > 0 ? (double)(machineTime.Busy - _machineTime.Busy) / all : 0;
            _process += (Math.Clamp(process, 0, 1) - _process) * Smoothing;
            _machine += (Math.Clamp(machine, 0, 1) - _machine) * Smoothing;
            (_sampledAt, _processTime, _machineTime) = (_clock.GetTimestamp(), processTime, machineTime);
            return (_process, _machine);
        }
    }

    // proc(5), /proc/stat: cpu user nice system idle iowait irq softirq steal, in ticks since the machine's start.
    private static (long Busy, long All) ReadMachine()
    {
        try
        {
            using var file = new StreamReader("/proc/stat");
            var fields = (file.ReadLine() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 9)
            {
                return default;
            }

            var ticks = fields[1..9].Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
            var (nice, idle, wait) = (ticks[1], ticks[3], ticks[4]);
            var all = ticks.Sum();
            return (all - nice - idle - wait, all);
        }
        catch (Exception unreadable) when (unreadable is IOException or FormatException)
        {
            return default;
        }
    }
}
