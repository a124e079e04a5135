using System.Globalization;
using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// Who did what, when and from where: one row per write that was allowed to be tried. A tenant's are stored before the
/// answer goes; those of participants, of whom there are many, are gathered for a moment.
/// </summary>
internal sealed partial class AuditLog(ITableStore store, TimeProvider clock, IdSource ids, ILogger<AuditLog> logger)
    : GatheredWork<AuditEntry>(clock)
{
    private const int MostPerTransaction = 100;

    private readonly TimeProvider _clock = clock;

    /// <summary>Notes a call. A row that cannot be written is in the process's log instead; the caller's answer stands.</summary>
    public async Task RecordAsync(HttpContext context, string function, Principal principal, int status)
    {
        var now = _clock.GetUtcNow();
        AuditRow row = new(
            now,
            principal.Key,
            principal is ParticipantPrincipal participant ? participant.Token.Identity : null,
            function,
            context.Request.Method,
            context.Request.Path,
            status,
            Callers.AddressOf(context),
            Tracing.TraceIdOf(context)
        );
        var partition = $"{principal.Tenant}|{now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}";
        AuditEntry entry = new(partition, ids.NewText("evt_"), row);
        if (principal is not ParticipantPrincipal || !TryAdd(entry))
        {
            await HandleAsync([entry]);
        }
    }

    /// <inheritdoc/>
    protected override async Task HandleAsync(IReadOnlyList<AuditEntry> batch)
    {
        foreach (var partition in batch.GroupBy(entry => entry.Partition, StringComparer.Ordinal))
        {
            foreach (var some in partition.Chunk(MostPerTransaction))
            {
                await WriteAsync(partition.Key, some);
            }
        }
    }

    private async Task WriteAsync(string partition, AuditEntry[] entries)
    {
        try
        {
            var type = AuditJsonContext.Default.AuditRow;
            List<RowChange> inserts = [.. entries.Select(entry => RowChange.Insert(entry.Name, entry.Row, type))];
            await store.WriteAsync(Tables.Audit, partition, inserts, CancellationToken.None);
        }
        catch (StorageUnavailableException e)
        {
            foreach (var (_, _, lost) in entries)
            {
                AuditLost(logger, lost.Key.Value, lost.Function, lost.Method, lost.Path, lost.Status, e);
            }
        }
    }

    [LoggerMessage(2001, LogLevel.Error, "Audit row lost: {Key} called {Function} ({Method} {Path}) and got {Status}")]
    private static partial void AuditLost(
        ILogger logger,
        string key,
        string function,
        string method,
        string path,
        int status,
        Exception e
    );
}

/// <summary>A row and where it goes.</summary>
internal sealed record AuditEntry(string Partition, string Name, AuditRow Row);

/// <summary>One write.</summary>
internal sealed record AuditRow(
    DateTimeOffset At,
    ApiKeyId Key,
    string? Identity,
    string Function,
    string Method,
    string Path,
    int Status,
    string Address,
    string TraceId
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AuditRow))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
