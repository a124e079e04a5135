using System.Globalization;

namespace EventMeet.Benchmarks.Joins;

/// <summary>Who joins, and how fast; everything is bounded.</summary>
internal sealed record JoinsOptions
{
    public const string Usage = """
        usage: tests/Benchmarks/joins [options]

          --sessions N          that join while it is measured, then as many again (500)
          --room-size N         sessions per room (10)
          --rate N              joins per second (100)
          --audio-slots N       m-lines that receive (3)
          --video-slots N       (9)
          --warm-up N           sessions that join and leave first (500)
          --idle SECONDS        with all of the first sessions there (10)
          --tracks N            of the last sessions that begin to send at the end (50)
          --hold SECONDS        how long the worker is left alone before it joins are measured, to attach a profiler (0)
        """;

    private const int MaxSessions = 2000;

    public int Sessions { get; init; } = 500;

    public int RoomSize { get; init; } = 10;

    public int Rate { get; init; } = 100;

    public int AudioSlots { get; init; } = 3;

    public int VideoSlots { get; init; } = 9;

    public int WarmUp { get; init; } = 500;

    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(10);

    public int Tracks { get; init; } = 50;

    public TimeSpan Hold { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says why.</exception>
    public static JoinsOptions Read(string[] arguments)
    {
        if (arguments.Length % 2 != 0)
        {
            throw new FormatException("Every option has a value.");
        }

        var options = new JoinsOptions();
        foreach (var pair in arguments.Chunk(2))
        {
            options = (pair[0], Number(pair[1])) switch
            {
                ("--sessions", var number) => options with { Sessions = Math.Max(number, 1) },
                ("--room-size", var number) => options with { RoomSize = Math.Max(number, 1) },
                ("--rate", var number) => options with { Rate = Math.Max(number, 1) },
                ("--audio-slots", var number) => options with { AudioSlots = number },
                ("--video-slots", var number) => options with { VideoSlots = number },
                ("--warm-up", var number) => options with { WarmUp = number },
                ("--idle", var number) => options with { Idle = TimeSpan.FromSeconds(number) },
                ("--tracks", var number) => options with { Tracks = number },
                ("--hold", var number) => options with { Hold = TimeSpan.FromSeconds(number) },
                _ => throw new FormatException($"There is no option {pair[0]}."),
            };
        }

        return options;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MaxSessions
            ? number
            : throw new FormatException($"{text} is no number from 0 to {MaxSessions}.");
}
