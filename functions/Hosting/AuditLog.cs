using System.Globalization;
using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Hosting;

/// <summary>Who did what, when and from where: one row per write that was allowed to be tried.</summary>
internal sealed partial class AuditLog(ITableStore store, TimeProvider clock, IdSource ids, ILogger<AuditLog> logger)
{
    /// <summary>Writes a row. One that cannot be written is in the process's log instead; the caller's answer stands.</summary>
    public async Task RecordAsync(HttpContext context, string function, Principal principal, int status)
    {
        var now = clock.GetUtcNow();
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
        try
        {
            var insert = RowChange.Insert(ids.NewText("evt_"), row, AuditJsonContext.Default.AuditRow);
            await store.WriteAsync(Tables.Audit, partition, [insert], CancellationToken.None);
        }
        catch (StorageUnavailableException e)
        {
            AuditLost(logger, principal.Key.Value, function, context.Request.Method, context.Request.Path, status, e);
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
