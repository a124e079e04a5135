using System.Globalization;

namespace EventMeet.Benchmarks.FunctionsLoad;

/// <summary>What is asked of the functions app; everything is bounded.</summary>
internal sealed record FunctionsLoadOptions
{
    public const string Usage = """
        usage: EventMeet.Benchmarks functions --eventmeet FILE --offer FILE [options]

          --eventmeet FILE   a running infra/local/up: its eventmeet.env
          --offer FILE       the SDP that every join offers
          --rooms N          rooms that the joins are spread over (50)
          --joins N          joins per second, sent by the clock whatever the answers do (50)
          --seconds N        how long each phase lasts (20)
          --readers N        callers that read rooms as fast as they are answered (4)
          --out FILE         the figures as JSON
        """;

    private const int MaxJoins = 20_000;

    public required string Environment { get; init; }

    public required string Offer { get; init; }

    public int Rooms { get; init; } = 50;

    public int JoinsPerSecond { get; init; } = 50;

    public int Seconds { get; init; } = 20;

    public int Readers { get; init; } = 4;

    public string? Out { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says why.</exception>
    public static FunctionsLoadOptions Read(string[] arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == arguments.Length)
            {
                throw new FormatException($"{arguments[i]} is no option, or lacks its value.");
            }

            values[arguments[i]] = arguments[i + 1];
        }

        FunctionsLoadOptions options = new()
        {
            Environment =
                values.GetValueOrDefault("--eventmeet") ?? throw new FormatException("--eventmeet is needed."),
            Offer = values.GetValueOrDefault("--offer") ?? throw new FormatException("--offer is needed."),
            Rooms = Number(values, "--rooms", 50, 1000),
            JoinsPerSecond = Number(values, "--joins", 50, 1000),
            Seconds = Number(values, "--seconds", 20, 600),
            Readers = Number(values, "--readers", 4, 256),
            Out = values.GetValueOrDefault("--out"),
        };
        return options.JoinsPerSecond * options.Seconds <= MaxJoins
            ? options
            : throw new FormatException($"At most {MaxJoins} joins in all.");
    }

    private static int Number(Dictionary<string, string> values, string name, int otherwise, int most) =>
        !values.TryGetValue(name, out var text) ? otherwise
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : throw new FormatException($"{name} must be 1 to {most}.");
}
