using Azure.Identity;
using EventMeet.Contracts.Bus;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// The setting "Bus", under which the Functions host finds the bus for its triggers too: a connection string, or
/// Bus__fullyQualifiedNamespace for a managed identity.
/// </summary>
internal static class BusSettings
{
    private const string Connection = "Bus";
    private const string Namespace = "Bus:fullyQualifiedNamespace";

    /// <summary>Reads where the bus is.</summary>
    /// <exception cref="InvalidOperationException">Neither setting is there.</exception>
    /// <exception cref="FormatException">The connection string is not one.</exception>
    public static BusConnectionOptions Read(IConfiguration configuration)
    {
        if (configuration[Namespace] is { Length: > 0 } fullyQualified)
        {
            return WithManagedIdentity(fullyQualified);
        }

        return configuration[Connection] is { Length: > 0 } text
            ? BusConnectionOptions.FromConnectionString(text)
            : throw new InvalidOperationException("Set Bus (a connection string) or Bus__fullyQualifiedNamespace.");
    }

    // A method of its own, so that the identity library is loaded only where it is used.
    private static BusConnectionOptions WithManagedIdentity(string fullyQualifiedNamespace) =>
        BusConnectionOptions.FromNamespace(fullyQualifiedNamespace, new EntraBusTokens(new DefaultAzureCredential()));
}
