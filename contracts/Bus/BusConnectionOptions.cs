using System.Globalization;

namespace EventMeet.Contracts.Bus;

/// <summary>Where the broker is and how to speak to it.</summary>
public sealed record BusConnectionOptions
{
    private const int PlainPort = 5672;
    private const int TlsPort = 5671;

    /// <summary>Gets the broker's host name.</summary>
    public required string Host { get; init; }

    /// <summary>Gets the broker's port.</summary>
    public int Port { get; init; } = TlsPort;

    /// <summary>Gets a value indicating whether the connection is encrypted; only a broker on this machine may go without.</summary>
    public bool UseTls { get; init; } = true;

    /// <summary>Gets how the client shows who it is.</summary>
    public BusAuthentication Authentication { get; init; }

    /// <summary>Gets the shared access key's name, or null when tokens come from <see cref="Tokens"/>.</summary>
    public string? SharedAccessKeyName { get; init; }

    /// <summary>Gets the shared access key; used as text, not decoded.</summary>
    public string? SharedAccessKey { get; init; }

    /// <summary>Gets where tokens come from when there is no shared access key.</summary>
    public IBusTokenSource? Tokens { get; init; }

    /// <summary>Gets how long a send, schedule or settlement may take in all, outages included.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the longest wait for a connection or a link to open.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets the wait before the first attempt to reconnect; it doubles from there, with jitter.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets the longest wait between two attempts to reconnect.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how many messages may be under way to the broker at once.</summary>
    public int SendWindow { get; init; } = 200;

    /// <summary>Reads a Service Bus connection string.</summary>
    /// <param name="connectionString">
    /// <c>Endpoint=sb://host[:port];SharedAccessKeyName=…;SharedAccessKey=…[;UseDevelopmentEmulator=true]</c>.
    /// </param>
    /// <exception cref="FormatException">It is not of that form. The text is not repeated: it holds a key.</exception>
    public static BusConnectionOptions FromConnectionString(string connectionString)
    {
        var fields = FieldsOf(connectionString);
        if (!fields.TryGetValue("Endpoint", out var text) || !Uri.TryCreate(text, UriKind.Absolute, out var endpoint))
        {
            throw new FormatException("The bus connection string has no Endpoint=sb://host.");
        }

        if (endpoint.Scheme is not ("sb" or "amqp" or "amqps") || endpoint.Host.Length == 0)
        {
            throw new FormatException("The bus connection string's Endpoint is not of the form sb://host[:port].");
        }

        if (
            !fields.TryGetValue("SharedAccessKeyName", out var name)
            || !fields.TryGetValue("SharedAccessKey", out var key)
        )
        {
            throw new FormatException("The bus connection string has no SharedAccessKeyName and SharedAccessKey.");
        }

        var emulator =
            endpoint.Scheme is "amqp"
            || (
                fields.TryGetValue("UseDevelopmentEmulator", out var flag)
                && flag.Equals("true", StringComparison.OrdinalIgnoreCase)
            );
        return new BusConnectionOptions
        {
            Host = endpoint.Host,
            Port = endpoint.IsDefaultPort || endpoint.Port < 0 ? DefaultPort(emulator) : endpoint.Port,
            UseTls = !emulator,
            SharedAccessKeyName = name,
            SharedAccessKey = key,
        };
    }

    /// <summary>Connects to a namespace with tokens, for instance those of a managed identity.</summary>
    /// <param name="fullyQualifiedNamespace">Such as <c>name.servicebus.windows.net</c>.</param>
    /// <param name="tokens">Where tokens come from.</param>
    public static BusConnectionOptions FromNamespace(string fullyQualifiedNamespace, IBusTokenSource tokens) =>
        new() { Host = fullyQualifiedNamespace, Tokens = tokens };

    /// <summary>Says where it connects, without the key.</summary>
    /// <returns>Host and port.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static int DefaultPort(bool emulator) => emulator ? PlainPort : TlsPort;

    private static Dictionary<string, string> FieldsOf(string connectionString)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (
            var part in connectionString.Split(
                ';',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
        {
            // A key ends in "=" more often than not: only the first one separates.
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new FormatException("The bus connection string has a part that is not name=value.");
            }

            fields[part[..equals].Trim()] = part[(equals + 1)..].Trim();
        }

        return fields;
    }
}
