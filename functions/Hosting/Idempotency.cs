using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// Idempotency-Key on POST (draft-ietf-httpapi-idempotency-key-header-07): the first answer is kept for 24 h and
/// replayed. Rows are filed by day, so that whole days can be thrown away; a lookup reads two of them.
/// </summary>
internal sealed class Idempotency(ITableStore store, ReplySeal seal, TimeProvider clock)
{
    public const string Header = "Idempotency-Key";
    private const int MostCharacters = 255;
    private const string DayFormat = "yyyyMMdd";

    // No request takes longer (HostingOptions.RequestTimeout): one that still runs has died, with its process or alone.
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Starts a request under its key, or says how it ended before.</summary>
    public async Task<IdempotencyStart> BeginAsync(
        HttpRequest request,
        Principal principal,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        var key = request.Headers[Header].ToString();
        if (key.Length is 0 or > MostCharacters || key.Any(character => character is < '!' or > '~'))
        {
            return IdempotencyStart.Answer(Reply.Refused(Refusal.IdempotencyKeyInvalid));
        }

        var now = clock.GetUtcNow();
        var row = HashOf($"{principal.Actor}\n{key}");
        var place = PartitionOf(now, principal.Tenant, row);
        var fingerprint = FingerprintOf(request, body.Span);
        var (partition, known) = await FindAsync(
            place,
            PartitionOf(now - Kept, principal.Tenant, row),
            row,
            now,
            cancellationToken
        );
        if (known is not null && !IsAbandoned(known.Value, now))
        {
            return IdempotencyStart.Answer(Repeat(known.Value, fingerprint));
        }

        IdempotencyRow running = new(fingerprint, now, Sealed: null);
        var type = IdempotencyJsonContext.Default.IdempotencyRow;
        var change = known is null
            ? RowChange.Insert(row, running, type)
            : RowChange.Replace(row, running, known.ETag, type);
        var written = await store.WriteAsync(Tables.Idempotency, partition, [change], cancellationToken);
        return written.Committed
            ? IdempotencyStart.Run(new IdempotencyTicket(partition, row, written.ETags[0], running))
            : IdempotencyStart.Answer(
                Reply.Refused(new Problem(Refusal.IdempotencyInProgress) { RetryAfter = TimeSpan.FromSeconds(1) })
            );
    }

    /// <summary>Keeps the answer; one that asks to try again is not kept, so that trying again makes sense.</summary>
    /// <param name="ticket">The request's.</param>
    /// <param name="reply">What the handler answered.</param>
    /// <param name="written">The same with its problem written out.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task CompleteAsync(IdempotencyTicket ticket, Reply reply, Reply written, CancellationToken cancellationToken)
    {
        var change = IsFinal(reply)
            ? RowChange.Replace(
                ticket.Row,
                ticket.Running with
                {
                    Sealed = seal.Close(written),
                },
                ticket.ETag,
                IdempotencyJsonContext.Default.IdempotencyRow
            )
            : RowChange.Delete(ticket.Row);
        return store.WriteAsync(Tables.Idempotency, ticket.Partition, [change], cancellationToken);
    }

    /// <summary>Throws away what is older than two days.</summary>
    public async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        var limit = DayOf(clock.GetUtcNow() - TimeSpan.FromDays(1));
        var old = await store.ListPartitionsAsync(
            Tables.Idempotency,
            new RowRange("0", limit),
            1000,
            cancellationToken
        );
        foreach (var partition in old.GroupBy(row => row.Partition, StringComparer.Ordinal))
        {
            foreach (var row in partition)
            {
                await store.WriteAsync(
                    Tables.Idempotency,
                    partition.Key,
                    [RowChange.Delete(row.Name)],
                    cancellationToken
                );
            }
        }

        return old.Count;
    }

    private async Task<(string Partition, Row<IdempotencyRow>? Row)> FindAsync(
        string today,
        string yesterday,
        string row,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        foreach (var partition in new[] { today, yesterday })
        {
            var found = await store.FindAsync(
                Tables.Idempotency,
                partition,
                row,
                IdempotencyJsonContext.Default.IdempotencyRow,
                cancellationToken
            );
            if (found is not null && now - found.Value.At < Kept)
            {
                return (partition, found);
            }
        }

        return (today, null);
    }

    private Reply Repeat(IdempotencyRow known, string fingerprint)
    {
        if (!string.Equals(known.Fingerprint, fingerprint, StringComparison.Ordinal))
        {
            return Reply.Refused(Refusal.IdempotencyKeyReused);
        }

        if (known.Sealed is null)
        {
            return Reply.Refused(new Problem(Refusal.IdempotencyInProgress) { RetryAfter = TimeSpan.FromSeconds(1) });
        }

        // Doing it again would be worse than not saying what came of it.
        return seal.Open(known.Sealed)?.With("Idempotency-Replayed", "true")
            ?? Reply.Refused(
                Refusal.IdempotencyKeyReused,
                "This was done before; its answer cannot be repeated. Use a new key for a new request."
            );
    }

    private static bool IsAbandoned(IdempotencyRow row, DateTimeOffset now) =>
        row.Sealed is null && now - row.At > Abandoned;

    private static bool IsFinal(Reply reply) =>
        reply.Status < StatusCodes.Status500InternalServerError
        && reply.Status is not (StatusCodes.Status401Unauthorized or StatusCodes.Status429TooManyRequests)
        && reply.Problem?.Refusal is not Refusal.ConcurrentChange;

    private static string PartitionOf(DateTimeOffset at, TenantId tenant, string row) =>
        $"{DayOf(at)}|{tenant}|{row[..2]}";

    private static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString(DayFormat, CultureInfo.InvariantCulture);

    private static string FingerprintOf(HttpRequest request, ReadOnlySpan<byte> body) =>
        HashOf(
            $"{request.Method}\n{request.Path}{request.QueryString}\n{HttpCall.MediaTypeOf(request)}\n"
                + Convert.ToHexString(SHA256.HashData(body))
        );

    private static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>Either the answer to give at once, or the ticket under which the request runs.</summary>
internal readonly record struct IdempotencyStart(Reply? Reply, IdempotencyTicket? Ticket)
{
    public static IdempotencyStart Answer(Reply reply) => new(reply, null);

    public static IdempotencyStart Run(IdempotencyTicket ticket) => new(null, ticket);
}

/// <summary>The right to answer under a key.</summary>
internal sealed record IdempotencyTicket(string Partition, string Row, string ETag, IdempotencyRow Running);

/// <summary>A request under a key.</summary>
/// <param name="Fingerprint">What was asked.</param>
/// <param name="At">When it started.</param>
/// <param name="Sealed">The answer; null while it runs.</param>
internal sealed record IdempotencyRow(string Fingerprint, DateTimeOffset At, string? Sealed);
