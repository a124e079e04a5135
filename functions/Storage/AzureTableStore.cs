using System.Net;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace EventMeet.Functions.Storage;

/// <summary>Tables in Azure Storage, Cosmos DB for Table, or Azurite.</summary>
/// <remarks>
/// A document is cut into properties Body0, Body1, …: a string property holds at most 32 Ki characters, a row 1 MiB.
/// </remarks>
internal sealed class AzureTableStore(IOptions<StorageOptions> options, TimeProvider clock) : ITableStore
{
    private const int CharactersPerProperty = 32 * 1024 - 1;
    private const int MostPerPage = 1000;

    // A request has 25 s in all; storage that needs longer than this is not there.
    private static readonly TimeSpan AttemptPatience = TimeSpan.FromSeconds(5);

    private readonly TableServiceClient _service = Connect(options.Value);
    private readonly string _prefix = options.Value.TablePrefix;
    private readonly ResiliencePipeline _reads = BuildRetries(clock, IsTransient);
    private readonly ResiliencePipeline _writes = BuildRetries(clock, IsSafeToRepeat);

    /// <summary>Makes the tables that are missing.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task CreateTablesAsync(CancellationToken cancellationToken)
    {
        // Mostly they are all there: one question instead of one per table, at the start of every instance.
        var known = await RunAsync(_reads, ListTablesAsync, cancellationToken);
        foreach (var table in Tables.All.Where(table => !known.Contains(_prefix + table)))
        {
            await RunAsync(
                _reads,
                async attempt => await _service.CreateTableIfNotExistsAsync(_prefix + table, attempt),
                cancellationToken
            );
        }
    }

    /// <inheritdoc/>
    public async Task<StoredRow?> FindAsync(
        string table,
        string partition,
        string row,
        CancellationToken cancellationToken
    )
    {
        var found = await RunAsync(
            _reads,
            async attempt =>
                await ClientOf(table).GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: attempt),
            cancellationToken
        );
        return found.HasValue ? Read(found.Value!) : null;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredRow>> ListAsync(
        string table,
        string partition,
        RowRange range,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {range.From} and RowKey lt {range.Before}"
        );
        return QueryAsync(table, filter, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredRow>> ListPartitionsAsync(
        string table,
        RowRange partitions,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey ge {partitions.From} and PartitionKey lt {partitions.Before}"
        );
        return QueryAsync(table, filter, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<WriteResult> WriteAsync(
        string table,
        string partition,
        IReadOnlyList<RowChange> changes,
        CancellationToken cancellationToken
    )
    {
        if (changes.Count == 0)
        {
            return new WriteResult(Committed: true, []);
        }

        var alone = changes.Count == 1;
        var actions = changes.Select(change => ActionOf(partition, change)).ToList();
        try
        {
            // One change is a transaction of one: the same code path, and the same answers.
            var response = await RunAsync(
                _writes,
                async attempt => await ClientOf(table).SubmitTransactionAsync(actions, attempt),
                cancellationToken
            );
            return new WriteResult(Committed: true, [.. response.Value.Select(ETagOf)]);
        }
        catch (RequestFailedException e) when (IsConflict(e))
        {
            var alreadyGone = alone && changes[0] is { Kind: ChangeKind.Delete, ETag: null } && e.Status == 404;
            return alreadyGone ? new WriteResult(Committed: true, [""]) : WriteResult.Conflict;
        }
    }

    private async Task<HashSet<string>> ListTablesAsync(CancellationToken cancellationToken)
    {
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        var last = _prefix + "~";
        var filter = TableServiceClient.CreateQueryFilter($"TableName ge {_prefix} and TableName lt {last}");
        await foreach (var table in _service.QueryAsync(filter, cancellationToken: cancellationToken))
        {
            names.Add(table.Name);
        }

        return names;
    }

    private async Task<IReadOnlyList<StoredRow>> QueryAsync(
        string table,
        string filter,
        int limit,
        CancellationToken cancellationToken
    ) =>
        await RunAsync<IReadOnlyList<StoredRow>>(
            _reads,
            async attempt =>
            {
                List<StoredRow> rows = [];
                var pages = ClientOf(table)
                    .QueryAsync<TableEntity>(filter, Math.Min(limit, MostPerPage), cancellationToken: attempt);
                await foreach (var entity in pages)
                {
                    rows.Add(Read(entity));
                    if (rows.Count == limit)
                    {
                        break;
                    }
                }

                return rows;
            },
            cancellationToken
        );

    private static async Task<T> RunAsync<T>(
        ResiliencePipeline retries,
        Func<CancellationToken, Task<T>> attempt,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await retries.ExecuteAsync(async token => await attempt(token), cancellationToken);
        }
        catch (RequestFailedException e) when (IsTransient(e))
        {
            throw new StorageUnavailableException("Table storage does not answer.", e);
        }
        catch (Exception e) when (IsOurTimeout(e, cancellationToken) || e is AuthenticationFailedException)
        {
            throw new StorageUnavailableException("Table storage does not answer.", e);
        }
        catch (AggregateException e)
        {
            throw new StorageUnavailableException("Table storage does not answer.", e);
        }
    }

    private static TableTransactionAction ActionOf(string partition, RowChange change)
    {
        var entity = Write(partition, change);
        return change.Kind switch
        {
            ChangeKind.Insert => new(TableTransactionActionType.Add, entity),
            ChangeKind.Replace => new(TableTransactionActionType.UpdateReplace, entity, new ETag(change.ETag!)),
            ChangeKind.Put => new(TableTransactionActionType.UpsertReplace, entity),
            ChangeKind.Delete => new(
                TableTransactionActionType.Delete,
                entity,
                change.ETag is null ? ETag.All : new ETag(change.ETag)
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Kind, "Not a kind of change."),
        };
    }

    private static TableEntity Write(string partition, RowChange change)
    {
        TableEntity entity = new(partition, change.Name);
        var body = change.Body ?? "";
        var parts = 0;
        for (var start = 0; start < body.Length; )
        {
            var length = Math.Min(CharactersPerProperty, body.Length - start);
            // A character of two UTF-16 units must not be cut in the middle: neither half is text.
            length -= start + length < body.Length && char.IsHighSurrogate(body[start + length - 1]) ? 1 : 0;
            entity[NameOfPart(parts++)] = body.Substring(start, length);
            start += length;
        }

        return entity;
    }

    private static StoredRow Read(TableEntity entity)
    {
        List<string> parts = [];
        while (entity.GetString(NameOfPart(parts.Count)) is { } part)
        {
            parts.Add(part);
        }

        return new StoredRow(entity.PartitionKey, entity.RowKey, entity.ETag.ToString(), string.Concat(parts));
    }

    private static string NameOfPart(int index) =>
        "Body" + index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string ETagOf(Response response) => response.Headers.ETag?.ToString() ?? "";

    private TableClient ClientOf(string table) => _service.GetTableClient(_prefix + table);

    private static TableServiceClient Connect(StorageOptions options)
    {
        TableClientOptions client = new();
        client.Retry.MaxRetries = 0; // Polly repeats, and knows which calls may be repeated
        client.Retry.NetworkTimeout = AttemptPatience;
        return options.TableEndpoint is { } endpoint
            ? ConnectWithManagedIdentity(endpoint, client)
            : new TableServiceClient(options.ConnectionString, client);
    }

    // A method of its own, so that the identity library is loaded only where it is used.
    private static TableServiceClient ConnectWithManagedIdentity(Uri endpoint, TableClientOptions client) =>
        new(endpoint, new DefaultAzureCredential(), client);

    private static ResiliencePipeline BuildRetries(TimeProvider clock, Func<Exception, bool> repeat) =>
        new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } e && repeat(e)),
                    MaxRetryAttempts = 3,
                    Delay = TimeSpan.FromMilliseconds(50),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                }
            )
            .Build();

    // 0: no answer at all. A missing table is one that has not been made yet.
    private static bool IsTransient(Exception e) =>
        e is RequestFailedException { Status: 0 or 401 or 403 or 408 or 429 or >= 500 }
        || e is RequestFailedException { ErrorCode: "TableNotFound" };

    // A write that may have happened must not happen twice: only when it surely never reached storage.
    private static bool IsSafeToRepeat(Exception e) =>
        e is RequestFailedException { Status: 429 or 503 }
        || e
            is RequestFailedException
            {
                Status: 0,
                InnerException: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
            };

    private static bool IsConflict(RequestFailedException e) =>
        e.Status
            is (int)HttpStatusCode.NotFound
                or (int)HttpStatusCode.Conflict
                or (int)HttpStatusCode.PreconditionFailed;

    private static bool IsOurTimeout(Exception e, CancellationToken cancellationToken) =>
        e is OperationCanceledException && !cancellationToken.IsCancellationRequested;
}
