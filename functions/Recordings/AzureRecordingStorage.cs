using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Recordings in Azure Blob storage or Azurite. Links are shared access signatures: signed with the account's key, or on a
/// managed identity with a user delegation key, which is asked for once in a while.
/// </summary>
/// <param name="options">Where.</param>
/// <param name="clock">For how long links are good.</param>
/// <param name="identity">Who this is where no key is given; the machine's own when null.</param>
internal sealed class AzureRecordingStorage(
    IOptions<RecordingsOptions> options,
    TimeProvider clock,
    TokenCredential? identity = null
) : IRecordingStorage, IDisposable
{
    private const int AtOnce = 8;
    private const int MostFiles = 4000;

    private static readonly TimeSpan AttemptPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DelegationLifetime = TimeSpan.FromDays(7) - TimeSpan.FromMinutes(10);

    // Storage's clock may be behind.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly BlobServiceClient _service = Connect(options.Value, identity);
    private readonly BlobContainerClient _container = Connect(options.Value, identity)
        .GetBlobContainerClient(options.Value.Container);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private UserDelegationKey? _delegation;

    /// <inheritdoc/>
    public async Task<FileLinks> LinkAsync(TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Whole seconds, as the signature has them.
        var expires = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var key = _container.CanGenerateSasUri ? null : await DelegationAsync(expires, cancellationToken);
        return new FileLinks(
            expires,
            name => _container.GetBlobClient(name).Uri.AbsoluteUri,
            (name, file) => Sign(name, file, now - ClockSkew, expires, key)
        );
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedFile>> ListAsync(string folder, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<RecordedFile>>(
            async () =>
            {
                List<RecordedFile> files = [];
                await foreach (var blob in BlobsAsync(folder, cancellationToken))
                {
                    files.Add(FileOf(blob));
                    if (files.Count == MostFiles)
                    {
                        break;
                    }
                }

                return files;
            },
            [],
            cancellationToken
        );

    /// <inheritdoc/>
    public Task DeleteFolderAsync(string folder, CancellationToken cancellationToken) =>
        RunAsync(
            async () =>
            {
                List<string> names = [];
                await foreach (var blob in BlobsAsync(folder, cancellationToken))
                {
                    names.Add(blob.Name);
                }

                await DeleteBlobsAsync(names, cancellationToken);
                return true;
            },
            missing: true,
            cancellationToken
        );

    /// <inheritdoc/>
    public Task DeleteAsync(IEnumerable<string> names, CancellationToken cancellationToken) =>
        RunAsync(
            async () =>
            {
                await DeleteBlobsAsync(names, cancellationToken);
                return true;
            },
            missing: true,
            cancellationToken
        );

    /// <inheritdoc/>
    public void Dispose() => _asking.Dispose();

    private AsyncPageable<BlobItem> BlobsAsync(string folder, CancellationToken cancellationToken) =>
        _container.GetBlobsAsync(new GetBlobsOptions { Prefix = folder + "/" }, cancellationToken);

    private Task DeleteBlobsAsync(IEnumerable<string> names, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            names,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (name, token) =>
                await _container.DeleteBlobIfExistsAsync(
                    name,
                    DeleteSnapshotsOption.IncludeSnapshots,
                    cancellationToken: token
                )
        );

    private string Sign(
        string name,
        string file,
        DateTimeOffset from,
        DateTimeOffset until,
        UserDelegationKey? delegation
    )
    {
        var blob = _container.GetBlobClient(name);
        BlobSasBuilder sas = new(BlobSasPermissions.Read, until)
        {
            BlobContainerName = _container.Name,
            BlobName = name,
            Resource = "b",
            StartsOn = from,
            Protocol = string.Equals(blob.Uri.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal)
                ? SasProtocol.Https
                : SasProtocol.HttpsAndHttp,
            ContentDisposition = $"attachment; filename=\"{Plain(file)}\"",
        };
        if (delegation is null)
        {
            return blob.GenerateSasUri(sas).AbsoluteUri;
        }

        BlobUriBuilder signed = new(blob.Uri) { Sas = sas.ToSasQueryParameters(delegation, _service.AccountName) };
        return signed.ToUri().AbsoluteUri;
    }

    private async Task<UserDelegationKey> DelegationAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_delegation is { } known && known.SignedExpiresOn >= until)
            {
                return known;
            }

            var now = clock.GetUtcNow();
            return _delegation = await RunAsync(
                async () =>
                    (
                        await _service.GetUserDelegationKeyAsync(
                            now - ClockSkew,
                            now + DelegationLifetime,
                            cancellationToken
                        )
                    ).Value,
                missing: null!,
                cancellationToken
            );
        }
        finally
        {
            _asking.Release();
        }
    }

    private static async Task<T> RunAsync<T>(Func<Task<T>> run, T missing, CancellationToken cancellationToken)
    {
        try
        {
            return await run();
        }
        catch (RequestFailedException e) when (e.Status == StatusCodes.Status404NotFound && missing is not null)
        {
            return missing; // no recorder has made the container yet
        }
        catch (Exception e)
            when (e is RequestFailedException or AuthenticationFailedException or AggregateException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            throw new StorageUnavailableException("Blob storage does not answer.", e);
        }
    }

    private static RecordedFile FileOf(BlobItem blob)
    {
        var kind =
            blob.Name.EndsWith(".webm", StringComparison.Ordinal)
            || blob.Name.EndsWith(".mka", StringComparison.Ordinal)
                ? RecordedFileKind.Track
                : RecordedFileKind.Timeline;
        var type = blob.Properties.ContentType ?? "application/octet-stream";
        return new RecordedFile(kind, blob.Name, type, blob.Properties.ContentLength ?? 0, Sha256: "");
    }

    private static string Plain(string file) =>
        string.Concat(file.Select(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '-' or '_' ? one : '_'));

    private static BlobServiceClient Connect(RecordingsOptions options, TokenCredential? identity)
    {
        BlobClientOptions client = new();
        client.Retry.MaxRetries = 2;
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.NetworkTimeout = AttemptPatience;
        return options.ServiceUri is { } uri
            ? new BlobServiceClient(uri, identity ?? new DefaultAzureCredential(), client)
            : new BlobServiceClient(options.ConnectionString, client);
    }
}
