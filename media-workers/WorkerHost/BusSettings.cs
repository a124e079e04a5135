using Azure.Identity;
using EventMeet.Contracts.Bus;
using Microsoft.Extensions.Configuration;

namespace EventMeet.WorkerHost;

/// <summary>Where the bus is: the setting "Bus", a connection string, or "Bus:fullyQualifiedNamespace" for a managed identity.</summary>
internal static class BusSettings
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">Neither setting is there.</exception>
    public static BusConnectionOptions Read(IConfiguration configuration)
    {
        if (configuration["Bus:fullyQualifiedNamespace"] is { Length: > 0 } fullyQualified)
        {
            return WithManagedIdentity(fullyQualified);
        }

        return configuration["Bus"] is { Length: > 0 } text
            ? BusConnectionOptions.FromConnectionString(text)
            : throw new InvalidOperationException("Set Bus (a connection string) or Bus__fullyQualifiedNamespace.");
    }

    // A method of its own, so that the identity library is loaded only where it is used.
    private static BusConnectionOptions WithManagedIdentity(string fullyQualifiedNamespace) =>
        BusConnectionOptions.FromNamespace(fullyQualifiedNamespace, new EntraBusTokens(new DefaultAzureCredential()));
}
