using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventMeet.SelfTest;

/// <summary>What the command line says.</summary>
internal sealed record SelfTestOptions
{
    /// <summary>Nothing in here takes longer when the server works.</summary>
    public static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(60);

    private const string Usage = """
        usage: EventMeet.SelfTest --url URL (--key-file FILE | --key KEY) [options]

          --url URL           where EventMeet answers, such as http://localhost:7071
          --key-file FILE     a file with an API key; EVENTMEET_API_KEY is taken when there is neither option
          --participants N    how many meet, 2 to 16 (3)
          --seconds N         how long they meet, 1 to 15 (5)
          --tcp               media over TCP (RFC 4571) in place of UDP
          --record            record the sound of it, and look at the files
        """;

    public required Uri Url { get; init; }

    public string? KeyFile { get; init; }

    public string? Key { get; init; }

    public int Participants { get; init; } = 3;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    public bool Tcp { get; init; }

    public bool Record { get; init; }

    public static bool TryRead(string[] arguments, [NotNullWhen(true)] out SelfTestOptions? options, out string problem)
    {
        options = null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i++)
        {
            var isFlag = arguments[i] is "--tcp" or "--record" or "--help";
            if (!isFlag && i + 1 == arguments.Length)
            {
                problem = $"{arguments[i]} needs a value.\n{Usage}";
                return false;
            }

            values[arguments[i]] = isFlag ? "" : arguments[++i];
        }

        string[] known = ["--url", "--key-file", "--key", "--participants", "--seconds", "--tcp", "--record"];
        problem = Usage;
        if (
            values.Keys.Except(known, StringComparer.Ordinal).Any()
            || !Uri.TryCreate(values.GetValueOrDefault("--url"), UriKind.Absolute, out var url)
            || !TryRead(values, "--participants", 3, 2, 16, out var participants)
            || !TryRead(values, "--seconds", 5, 1, 15, out var seconds)
        )
        {
            return false;
        }

        options = new SelfTestOptions
        {
            Url = url,
            KeyFile = values.GetValueOrDefault("--key-file"),
            Key = values.GetValueOrDefault("--key") ?? Environment.GetEnvironmentVariable("EVENTMEET_API_KEY"),
            Participants = participants,
            Duration = TimeSpan.FromSeconds(seconds),
            Tcp = values.ContainsKey("--tcp"),
            Record = values.ContainsKey("--record"),
        };
        problem = "There is no API key: give --key-file or set EVENTMEET_API_KEY.";
        return options.Key is not null || File.Exists(options.KeyFile);
    }

    public string ReadKey() => KeyFile is null ? Key! : File.ReadAllText(KeyFile).Trim();

    private static bool TryRead(
        Dictionary<string, string> values,
        string name,
        int standard,
        int least,
        int most,
        out int value
    )
    {
        value = standard;
        return !values.TryGetValue(name, out var text)
            || (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
                && value >= least
                && value <= most
            );
    }
}
