using System.Text.Json.Serialization;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Hosting;

/// <summary>GET /health: for operators and load balancers.</summary>
internal sealed class HealthFunctions(HealthBoard board, ITableStore store)
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "GetHealth",
            "health",
            [new("GET", Access.Anonymous, services => services.GetRequiredService<HealthFunctions>().GetAsync)]
        ),
    ];

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        try
        {
            await store.FindAsync(Tables.Tenants, "health", "probe", cancellationToken);
            board.Clear("storage");
        }
        catch (StorageUnavailableException e)
        {
            board.Wait("storage", e.Message);
        }

        var waits = board.Read();
        var status = waits.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        HealthBody body = new(waits.Count == 0 ? "ok" : "waiting", waits);
        return Reply.Json(status, body, HostingJsonContext.Default.HealthBody);
    }
}

/// <summary>The answer.</summary>
internal sealed record HealthBody(
    string Status,
    [property: JsonPropertyName("waitingFor")] IReadOnlyList<HealthWait> Waits
);
