using System.Buffers;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using Polly;

namespace EventMeet.Recorder.Storage;

/// <summary>
/// Stores a file as an append blob: each block is there for good as soon as it is acknowledged, and names the place where it
/// belongs, so that one whose answer was lost is not appended twice. The hash is that of what is stored.
/// </summary>
internal sealed class AppendBlobSink : IRecordingSink
{
    // The service takes 4 MiB a block in every version, and 50,000 blocks: more than a day at one each two seconds.
    private const int MaxBlockLength = 4 << 20;

    private readonly AppendBlobClient _blob;
    private readonly BlobHttpHeaders _headers;
    private readonly StorageOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _retries;
    private readonly UnsentBytes _bytes;
    private readonly Func<CancellationToken, Task> _createContainer;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource _abandon = new();
    private readonly Queue<(long End, long AcknowledgedAt)> _acknowledged = new();
    private readonly Task<StoredFile> _sending;
    private long _stored;
    private int _fault = -1;
    private volatile bool _completing;
    private bool _created;
    private bool _disposed;
    private TaskCompletionSource _wake = NewWake();

    /// <summary>Starts a file.</summary>
    /// <param name="blob">Must not exist.</param>
    /// <param name="createContainer">Makes the container if it is missing.</param>
    /// <param name="contentType">Of the blob.</param>
    /// <param name="options">The options.</param>
    /// <param name="bytes">Keeps what is not stored; becomes this sink's own.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">The logger.</param>
    public AppendBlobSink(
        AppendBlobClient blob,
        Func<CancellationToken, Task> createContainer,
        string contentType,
        StorageOptions options,
        UnsentBytes bytes,
        TimeProvider clock,
        ILogger logger
    )
    {
        _blob = blob;
        _createContainer = createContainer;
        _headers = new() { ContentType = contentType };
        _options = options;
        _bytes = bytes;
        _clock = clock;
        _logger = logger;
        _retries = StorageRetries.Build(options, clock, logger, blob.Name);
        _sending = SendAsync();
    }

    /// <inheritdoc/>
    public StorageFault? Fault => Volatile.Read(ref _fault) is >= 0 and var fault ? (StorageFault)fault : null;

    /// <inheritdoc/>
    public long StoredBytes => Interlocked.Read(ref _stored);

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Fault is not null || _completing)
        {
            return;
        }

        if (!_bytes.TryAppend(bytes))
        {
            Fail(StorageFault.SpillFull);
        }
        else if (_bytes.End - StoredBytes >= MaxBlockLength)
        {
            Volatile.Read(ref _wake).TrySetResult();
        }
    }

    /// <inheritdoc/>
    public Task<StoredFile> CompleteAsync(CancellationToken cancellationToken)
    {
        _completing = true;
        Volatile.Read(ref _wake).TrySetResult();
        return _sending.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _abandon.CancelAsync();
        _ = await _sending;
        _bytes.Dispose();
        _hash.Dispose();
        _abandon.Dispose();
    }

    private async Task<StoredFile> SendAsync()
    {
        try
        {
            // The first bytes are stored after one interval, like all others.
            var (goesOn, since) = (true, _clock.GetTimestamp());
            while (goesOn && !_completing)
            {
                await WaitAsync(since);
                since = _clock.GetTimestamp();
                goesOn = await TrySendPendingAsync();
            }

            // A file without a byte is a file too.
            if (goesOn && await TrySendPendingAsync() && StoredBytes == 0 && Fault is null)
            {
                _ = await _retries.ExecuteAsync(token => CreateAsync(token), _abandon.Token);
            }
        }
        catch (OperationCanceledException) when (_abandon.IsCancellationRequested)
        {
            Fail(StorageFault.Abandoned);
        }
        catch (Exception e) when (StorageRetries.IsTransient(e))
        {
            _logger.GaveUp(_blob.Name, StoredBytes, e);
            Fail(StorageFault.Unavailable);
        }

        return new(_blob.Name, StoredBytes, Convert.ToHexStringLower(_hash.GetCurrentHash()), Fault);
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Until the next interval, or until there is a whole block or nothing more comes.</summary>
    /// <param name="since">When this one began: how long storage took does not count on top.</param>
    private async Task WaitAsync(long since)
    {
        try
        {
            var rest = _options.CommitEvery - _clock.GetElapsedTime(since);
            await _wake.Task.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _clock, _abandon.Token);
            Volatile.Write(ref _wake, NewWake());
        }
        catch (TimeoutException)
        {
            // The usual case.
        }
    }

    private async Task<bool> TrySendPendingAsync()
    {
        var pending = _bytes.End - _stored;
        while (pending > 0)
        {
            var block = ArrayPool<byte>.Shared.Rent((int)Math.Min(pending, MaxBlockLength));
            var length = _bytes.Read(_stored, block.AsSpan(0, (int)Math.Min(pending, MaxBlockLength)));
            var memory = block.AsMemory(0, length);
            var fault = await _retries.ExecuteAsync(token => AppendAsync(memory, _stored, token), _abandon.Token);
            if (fault is { } final)
            {
                Fail(final);
                return false;
            }

            _hash.AppendData(memory.Span);
            // Not when it failed: a request that was given up may still be reading.
            ArrayPool<byte>.Shared.Return(block);
            Interlocked.Add(ref _stored, length);
            pending -= length;
            _acknowledged.Enqueue((_stored, _clock.GetTimestamp()));
        }

        ForgetAcknowledged();
        return true;
    }

    /// <summary>Appends a block, however often it is asked.</summary>
    /// <returns>What asking again does not change; null when the block is there.</returns>
    private async ValueTask<StorageFault?> AppendAsync(
        ReadOnlyMemory<byte> block,
        long at,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (!_created && await CreateAsync(cancellationToken) is { } fault)
            {
                return fault;
            }

            await AppendBlockAsync(block, at, cancellationToken);
            return null;
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.AppendPositionConditionNotMet)
        {
            return await ReconcileAsync(block, at, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Forgotten altogether.
            return await CreateAsync(cancellationToken) ?? await ReconcileAsync(block, at, cancellationToken);
        }
    }

    /// <summary>Brings the blob to where it should be, whatever storage made of earlier requests.</summary>
    private async Task<StorageFault?> ReconcileAsync(
        ReadOnlyMemory<byte> block,
        long at,
        CancellationToken cancellationToken
    )
    {
        BlobProperties properties = await _blob.GetPropertiesAsync(cancellationToken: cancellationToken);
        var length = properties.ContentLength;
        if (length == at + block.Length)
        {
            return null;
        }

        if (length > at)
        {
            return StorageFault.NotOurs;
        }

        if (length < _bytes.Start)
        {
            return StorageFault.BytesForgotten;
        }

        if (length < at)
        {
            _logger.Forgotten(_blob.Name, at - length);
        }

        while (length < at)
        {
            var again = new byte[Math.Min(at - length, MaxBlockLength)];
            var count = _bytes.Read(length, again);
            await AppendBlockAsync(again.AsMemory(0, count), length, cancellationToken);
            length += count;
        }

        await AppendBlockAsync(block, at, cancellationToken);
        return null;
    }

    private async Task AppendBlockAsync(ReadOnlyMemory<byte> block, long at, CancellationToken cancellationToken)
    {
        using var content = BinaryData.FromBytes(block).ToStream();
        var options = new AppendBlobAppendBlockOptions { Conditions = new() { IfAppendPositionEqual = at } };
        await _blob.AppendBlockAsync(content, options, cancellationToken);
    }

    private async ValueTask<StorageFault?> CreateAsync(CancellationToken cancellationToken)
    {
        var options = new AppendBlobCreateOptions
        {
            HttpHeaders = _headers,
            Conditions = new() { IfNoneMatch = ETag.All },
        };
        try
        {
            await _blob.CreateAsync(options, cancellationToken);
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // Made by an attempt whose answer was lost, if there is nothing in it.
            BlobProperties properties = await _blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            if (properties.ContentLength > 0 && StoredBytes == 0)
            {
                return StorageFault.NotOurs;
            }
        }
        catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _createContainer(cancellationToken);
            await _blob.CreateAsync(options, cancellationToken);
        }

        _created = true;
        return null;
    }

    private void ForgetAcknowledged()
    {
        while (
            _acknowledged.TryPeek(out var oldest)
            && _clock.GetElapsedTime(oldest.AcknowledgedAt) >= _options.KeepAcknowledged
        )
        {
            _acknowledged.Dequeue();
            _bytes.Forget(oldest.End);
        }
    }

    private void Fail(StorageFault fault)
    {
        if (Interlocked.CompareExchange(ref _fault, (int)fault, -1) == -1)
        {
            _logger.Failed(_blob.Name, fault, StoredBytes);
        }
    }
}
