using System.Text;
using System.Text.Json;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Events;

/// <summary>/v1/events: what happened, for who was not there to be told.</summary>
internal sealed class EventFunctions(EventLog log)
{
    private const string After = "after";

    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction("Events", "v1/events", [new("GET", Access.Tenant, services => Of(services).ListAsync)]),
        new HttpFunction("Event", "v1/events/{event}", [new("GET", Access.Tenant, services => Of(services).GetAsync)]),
    ];

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page, After) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var after = call.Request.Query.TryGetValue(After, out var wanted) ? wanted.ToString() : null;
        long place = 0;
        if ((page.After ?? after) is { } id)
        {
            if (await log.FindPlaceAsync(call.Tenant, id, cancellationToken) is not { } found)
            {
                FieldError error = new(
                    page.After is null ? After : "cursor",
                    $"must name an event of the last {EventLog.Kept.TotalDays} days; leave it out to start with the oldest"
                );
                return Reply.Refused(new Problem(Refusal.InvalidQuery) { Errors = [error] });
            }

            place = found;
        }

        var events = await log.ListAsync(call.Tenant, place, page.Limit + 1, cancellationToken);
        var shown = events.Take(page.Limit).ToList();
        return Show(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("data");
            shown.ForEach(raised => WriteEvent(writer, raised));
            writer.WriteEndArray();
            if (events.Count > page.Limit)
            {
                writer.WriteString("nextCursor", Page.CursorAfter(shown[^1].Id.Value));
            }

            writer.WriteEndObject();
        });
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken) =>
        await log.FindAsync(call.Tenant, call.Route("event"), cancellationToken) is { } raised
            ? Show(writer => WriteEvent(writer, raised))
            : Reply.Refused(Refusal.EventNotFound);

    private static Reply Show(Action<Utf8JsonWriter> write)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            write(writer);
        }

        return new Reply(200, "application/json", bytes.ToArray());
    }

    // The webhook's body as it was sent, with the id that it was sent under.
    private static void WriteEvent(Utf8JsonWriter writer, RaisedEvent raised) =>
        writer.WriteRawValue(
            Encoding.UTF8.GetBytes($$"""{"id":"{{raised.Id}}",{{raised.Body[1..]}}"""),
            skipInputValidation: true
        );

    private static EventFunctions Of(IServiceProvider services) => services.GetRequiredService<EventFunctions>();
}
