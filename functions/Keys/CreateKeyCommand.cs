using System.Security.Cryptography;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Keys;

/// <summary>
/// The first key of a tenant, for whoever runs the system:
/// <c>EventMeet.Functions --create-key --tenant NAME [--key-file FILE [--if-missing]]</c>. Prints the key alone on
/// standard output. Needs storage, and the settings Keys__MasterKey or Keys__MasterKeyFile; makes that file when it is
/// not there.
/// </summary>
internal sealed class CreateKeyCommand(KeyStore keys, KeyDirectory directory, AzureTableStore store)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Runs the command.</summary>
    /// <returns>The process's exit code.</returns>
    public async Task<int> RunAsync(CreateKeyArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            await store.CreateTablesAsync(cancellationToken);
            if (await FindGoodKeyAsync(arguments, cancellationToken) is { } good)
            {
                await Console.Out.WriteLineAsync(good.AsMemory(), cancellationToken);
                return 0;
            }

            var tenant = await keys.EnsureTenantAsync(arguments.Tenant, cancellationToken);
            var (key, _) = await keys.CreateAsync(tenant, "made on the command line", cancellationToken);
            if (arguments.KeyFile is { } file)
            {
                await WriteSecretAsync(file, key.Credential, cancellationToken);
            }

            await Console.Out.WriteLineAsync(key.Credential.AsMemory(), cancellationToken);
            return 0;
        }
        catch (StorageUnavailableException e)
        {
            await Console.Error.WriteLineAsync($"Storage does not answer: {e.InnerException?.Message ?? e.Message}");
            return 1;
        }
    }

    /// <summary>Makes a master key file unless it is there.</summary>
    public static async Task EnsureMasterKeyAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is not null && !File.Exists(file))
        {
            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyRing.MasterKeyBytes));
            await WriteSecretAsync(file, key, cancellationToken);
        }
    }

    private async Task<string?> FindGoodKeyAsync(CreateKeyArguments arguments, CancellationToken cancellationToken)
    {
        if (!arguments.IfMissing || arguments.KeyFile is not { } file || !File.Exists(file))
        {
            return null;
        }

        var credential = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        var parts = credential.Split('.');
        return
            parts is [var id, var secret]
            && await directory.FindAsync(id, cancellationToken) is { } key
            && key.SecretIs(secret)
            ? credential
            : null;
    }

    private static async Task WriteSecretAsync(string file, string secret, CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        await using var stream = new FileStream(file, options);
        await using StreamWriter writer = new(stream);
        await writer.WriteLineAsync(secret.AsMemory(), cancellationToken);
    }
}

/// <summary>What the command was asked for.</summary>
/// <param name="Tenant">The tenant's name.</param>
/// <param name="KeyFile">Where to write the key too.</param>
/// <param name="IfMissing">Keep the key in that file if it still works.</param>
internal sealed record CreateKeyArguments(string Tenant, string? KeyFile, bool IfMissing);
