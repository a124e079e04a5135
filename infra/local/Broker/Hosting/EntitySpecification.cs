using System.Globalization;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Hosting;

/// <summary>Reads entities as they are written on the command line.</summary>
internal static class EntitySpecification
{
    private static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(5);

    /// <summary>Reads a queue.</summary>
    /// <exception cref="FormatException">A part of it is not known.</exception>
    internal static QueueDefinition Queue(string specification)
    {
        var parts = specification.Split(',', StringSplitOptions.TrimEntries);
        var options = new QueueOptions();
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            options = With(options, equals < 0 ? part : part[..equals], equals < 0 ? "" : part[(equals + 1)..]);
        }

        return new QueueDefinition(parts[0], options);
    }

    /// <summary>Reads a topic.</summary>
    /// <exception cref="FormatException">It is not of the form name=a,b.</exception>
    internal static TopicDefinition Topic(string specification)
    {
        var equals = specification.IndexOf('=', StringComparison.Ordinal);
        return equals < 0
            ? throw new FormatException(
                $"The topic \"{specification}\" is not of the form name=subscription,subscription."
            )
            : new TopicDefinition(
                specification[..equals],
                [
                    .. specification[(equals + 1)..]
                        .Split(',')
                        .Select(name => new QueueDefinition(name.Trim(), new QueueOptions())),
                ]
            );
    }

    internal static QueueOptions CheckedLock(QueueOptions options) =>
        options.LockDuration >= TimeSpan.FromMilliseconds(100) && options.LockDuration <= LongestLock
            ? options
            : throw new FormatException("A lock lasts from 100 ms to 5 minutes.");

    private static QueueOptions With(QueueOptions options, string name, string value) =>
        name switch
        {
            "sessions" => options with { RequiresSession = true },
            "lock" => CheckedLock(options with { LockDuration = Duration(name, value) }),
            "max-delivery" => options with { MaxDeliveryCount = (int)Number(name, value) },
            "duplicates" => options with { DuplicateWindow = Duration(name, value) },
            "ttl" => options with { TimeToLive = Duration(name, value) },
            "dead-letter-expired" => options with { DeadLetterExpired = true },
            "release-on-disconnect" => options with { ReleaseOnDisconnect = true },
            "max-messages" => options with { MaxMessages = (int)Number(name, value) },
            "max-bytes" => options with { MaxBytes = Number(name, value) },
            _ => throw new FormatException($"An entity has no \"{name}\"."),
        };

    private static long Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{name} must be a number.");

    /// <summary>A number with ms, s, m, h or d behind it.</summary>
    private static TimeSpan Duration(string name, string value)
    {
        var digits = value.TrimEnd('m', 's', 'h', 'd');
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw new FormatException($"{name} must be a time such as 500ms, 30s, 5m, 1h or 7d.");
        }

        return value[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            "d" => TimeSpan.FromDays(number),
            _ => throw new FormatException($"{name} must be a time such as 500ms, 30s, 5m, 1h or 7d."),
        };
    }
}
