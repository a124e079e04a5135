using System.Globalization;

namespace EventMeet.Broker.Hosting;

/// <summary>Reads the command line and the environment.</summary>
internal static class CommandLine
{
    internal const string KeyVariable = "EVENTMEET_BUS_KEY";

    internal const string Usage = """
        usage: EventMeet.Broker [options]

          --host ADDRESS          address to listen on (127.0.0.1)
          --port PORT             port to listen on, 0 for any (5672)
          --data DIR              where messages are kept (.local/broker)
          --memory                keep messages in memory only
          --key-file FILE         file with the shared access key (else EVENTMEET_BUS_KEY)
          --key-name NAME         name of the shared access key (RootManageSharedAccessKey)
          --entities FILE         JSON: {"queues":[{"name":…}],"topics":[{"name":…,"subscriptions":[{"name":…}]}]}
          --entity SPEC           one more queue: name[,sessions][,lock=30s][,max-delivery=5][,duplicates=60s][,ttl=1h]
                                  [,dead-letter-expired][,release-on-disconnect][,max-messages=N][,max-bytes=N]
          --topic NAME=A,B        one more topic with subscriptions A and B
          --no-product-entities   without the product's own queues
          --max-message BYTES     largest message (262144)
          --max-connections N     most connections at once (1000)
          --verbose               log connections
        """;

    /// <summary>Reads it all.</summary>
    /// <exception cref="FormatException">Something is not as it should be; the message is one sentence for the user.</exception>
    internal static BrokerSettings Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        var settings = new BrokerSettings { Key = environment(KeyVariable) ?? "" };
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            settings = name switch
            {
                "--memory" => settings with { DataPath = null },
                "--verbose" => settings with { IsVerbose = true },
                "--no-product-entities" => settings with
                {
                    Queues = [.. settings.Queues.Except(BrokerSettings.ProductQueues)],
                },
                _ when i + 1 < arguments.Count => WithOption(settings, name, arguments[++i]),
                _ => throw new FormatException($"The option {name} is not known, or its value is missing."),
            };
        }

        return settings.Key.Length > 0
            ? settings
            : throw new FormatException($"Set {KeyVariable}, or name a file with --key-file: the broker needs a key.");
    }

    private static BrokerSettings WithOption(BrokerSettings settings, string name, string value) =>
        name switch
        {
            "--host" => settings with { Host = value },
            "--port" => settings with { Port = Number(name, value, 0, 65535) },
            "--data" => settings with { DataPath = value },
            "--key-name" => settings with { KeyName = value },
            "--key-file" => settings with { Key = ReadFile(value).Trim() },
            "--entities" => EntityFile.Read(ReadFile(value)).AddTo(settings),
            "--entity" => settings with { Queues = [.. settings.Queues, EntitySpecification.Queue(value)] },
            "--topic" => settings with { Topics = [.. settings.Topics, EntitySpecification.Topic(value)] },
            "--max-message" => settings with
            {
                Limits = settings.Limits with { MaxMessageBytes = Number(name, value, 1024, 16 * 1024 * 1024) },
            },
            "--max-connections" => settings with
            {
                Limits = settings.Limits with { MaxConnections = Number(name, value, 1, 100_000) },
            },
            _ => throw new FormatException($"The option {name} is not known."),
        };

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= most
            ? number
            : throw new FormatException($"{name} must be a number from {least} to {most}.");

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"The file {path} cannot be read: {exception.Message}", exception);
        }
    }
}
