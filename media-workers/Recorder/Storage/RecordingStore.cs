using System.Security.Cryptography;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using Polly;

namespace EventMeet.Recorder.Storage;

/// <summary>The container that recordings are in. Every request is repeated until patience ends.</summary>
/// <param name="container">Made by <see cref="Connect"/>.</param>
/// <param name="options">The options.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">The logger.</param>
internal sealed class RecordingStore(
    BlobContainerClient container,
    StorageOptions options,
    TimeProvider clock,
    ILogger<RecordingStore> logger
) : IRecordingStore
{
    private const int BlockLength = 8 << 20;

    private readonly SpillBudget _budget = new(options.MemoryBound, options.SpillBound);
    private readonly ResiliencePipeline _retries = StorageRetries.Build(options, clock, logger, container.Name);

    /// <summary>Connects as the options say; nothing is sent yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="credential">For a service URI alone.</param>
    public static BlobContainerClient Connect(StorageOptions options, Func<TokenCredential> credential)
    {
        var client = new BlobClientOptions();
        // Polly repeats, and knows which request may have arrived.
        client.Retry.MaxRetries = 0;
        return options switch
        {
            { ConnectionString: { Length: > 0 } text } => new(text, options.Container, client),
            { ContainerSasUri: { } uri } => new(uri, client),
            { ServiceUri: { } uri } => new BlobServiceClient(uri, credential(), client).GetBlobContainerClient(
                options.Container
            ),
            _ => throw new InvalidOperationException("No storage is configured."),
        };
    }

    /// <inheritdoc/>
    public IRecordingSink Open(string name, string contentType)
    {
        var spill = Path.Combine(options.SpillFolder, $"{Environment.ProcessId}-{Uri.EscapeDataString(name)}");
        return new AppendBlobSink(
            container.GetAppendBlobClient(name),
            CreateContainerAsync,
            contentType,
            options,
            new UnsentBytes(_budget, spill),
            clock,
            logger
        );
    }

    /// <inheritdoc/>
    public async Task PutAsync(
        string name,
        ReadOnlyMemory<byte> content,
        string contentType,
        CancellationToken cancellationToken
    )
    {
        var blob = container.GetBlobClient(name);
        var upload = new BlobUploadOptions { HttpHeaders = new() { ContentType = contentType } };
        await _retries.ExecuteAsync(
            async token =>
            {
                try
                {
                    await blob.UploadAsync(BinaryData.FromBytes(content), upload, token);
                }
                catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
                {
                    await CreateContainerAsync(token);
                    await blob.UploadAsync(BinaryData.FromBytes(content), upload, token);
                }
            },
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async Task<StoredFile> UploadAsync(
        string name,
        string path,
        string contentType,
        CancellationToken cancellationToken
    )
    {
        await _retries.ExecuteAsync(token => new ValueTask(CreateContainerAsync(token)), cancellationToken);
        var blob = container.GetBlockBlobClient(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, useAsync: true);
        var (blocks, length, buffer) = (new List<string>(), 0L, new byte[BlockLength]);
        for (int count; (count = await file.ReadAtLeastAsync(buffer, BlockLength, false, cancellationToken)) > 0; )
        {
            var block = Convert.ToBase64String(BitConverter.GetBytes(blocks.Count));
            var content = buffer.AsMemory(0, count);
            await _retries.ExecuteAsync(
                async token =>
                {
                    using var stream = BinaryData.FromBytes(content).ToStream();
                    await blob.StageBlockAsync(block, stream, cancellationToken: token);
                },
                cancellationToken
            );
            hash.AppendData(content.Span);
            blocks.Add(block);
            length += count;
        }

        var commit = new CommitBlockListOptions { HttpHeaders = new() { ContentType = contentType } };
        await _retries.ExecuteAsync(
            async token => await blob.CommitBlockListAsync(blocks, commit, token),
            cancellationToken
        );
        return new(name, length, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    /// <inheritdoc/>
    public async Task<string?> DownloadAsync(string name, string path, CancellationToken cancellationToken)
    {
        var blob = container.GetBlobClient(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(
            path,
            FileMode.Create,
            FileAccess.Write,
            FileShare.None,
            0,
            useAsync: true
        );
        var (length, etag) = await _retries.ExecuteAsync(token => FindAsync(blob, token), cancellationToken);
        if (length < 0)
        {
            return null;
        }

        var conditions = new BlobDownloadOptions { Conditions = new() { IfMatch = etag } };
        while (file.Position < length)
        {
            conditions.Range = new(file.Position, Math.Min(BlockLength, length - file.Position));
            var block = await _retries.ExecuteAsync(
                async token => (await blob.DownloadContentAsync(conditions, token)).Value.Content,
                cancellationToken
            );
            hash.AppendData(block);
            await file.WriteAsync(block, cancellationToken);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var blob = container.GetBlobClient(name);
        return await _retries.ExecuteAsync(
            async token =>
            {
                try
                {
                    return (await blob.DownloadContentAsync(token)).Value.Content.ToArray();
                }
                catch (RequestFailedException e) when (e.Status == 404)
                {
                    return null;
                }
            },
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var blob = container.GetBlobClient(name);
        await _retries.ExecuteAsync(
            async token =>
            {
                try
                {
                    _ = await blob.DeleteIfExistsAsync(cancellationToken: token);
                }
                catch (RequestFailedException e) when (e.Status == 404)
                {
                    // Not even the container is there.
                }
            },
            cancellationToken
        );
    }

    private static async ValueTask<(long Length, ETag ETag)> FindAsync(BlobClient blob, CancellationToken token)
    {
        try
        {
            BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: token);
            return (properties.ContentLength, properties.ETag);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return (-1, default);
        }
    }

    private async Task CreateContainerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 403)
        {
            // A SAS for one container cannot make it; if it is missing, the next request says so.
        }
    }
}
