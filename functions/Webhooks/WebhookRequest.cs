using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Webhooks;

/// <summary>Reads the fields of POST and PATCH /v1/webhooks.</summary>
internal static class WebhookRequest
{
    /// <summary>Reads a body onto what the endpoint has; an absent field stays.</summary>
    /// <param name="body">UTF-8 JSON.</param>
    /// <param name="known">What the endpoint has; null for a new one.</param>
    /// <param name="allowLoopback">The operator's setting.</param>
    /// <param name="fields">What it shall have.</param>
    /// <param name="enabled">Whether it shall be told anything; null when the request does not say.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(
        ReadOnlyMemory<byte> body,
        WebhookFields? known,
        bool allowLoopback,
        out WebhookFields fields,
        out bool? enabled
    )
    {
        fields = known ?? new WebhookFields("");
        enabled = null;
        if (RequestFields.Parse(body, out var request) is { } malformed)
        {
            return malformed;
        }

        fields = fields with
        {
            Url = known is null || request.Has("url") ? ReadUrl(request, allowLoopback) : known.Url,
            Description = request.Has("description")
                ? request.Text("description", WebhookLimits.Description)
                : fields.Description,
            Events = request.Has("events") ? ReadEvents(request) : fields.Events,
            Rooms = request.Has("rooms")
                ? request.Texts("rooms", WebhookLimits.Filters, WebhookLimits.Room) ?? []
                : fields.Rooms,
        };
        enabled = request.Flag("enabled");
        return request.Finish();
    }

    /// <summary>Reads the body of a rotation.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? ReadOverlap(ReadOnlyMemory<byte> body, out TimeSpan overlap)
    {
        overlap = default;
        if (RequestFields.Parse(body, out var request) is { } malformed)
        {
            return malformed;
        }

        overlap = TimeSpan.FromSeconds(
            request.Number("overlapSeconds", 0, WebhookLimits.OverlapSeconds) ?? WebhookLimits.DefaultOverlapSeconds
        );
        return request.Finish();
    }

    private static string ReadUrl(RequestFields request, bool allowLoopback)
    {
        var url = request.Text("url", WebhookLimits.Url, required: true);
        if (url is not null && WebhookUrl.Check(url, allowLoopback) is { } wrong)
        {
            request.Refuse("url", wrong);
        }

        return url ?? "";
    }

    private static IReadOnlyList<string> ReadEvents(RequestFields request)
    {
        var events = request.Texts("events", WebhookLimits.Filters, 64) ?? [];
        for (var i = 0; i < events.Count; i++)
        {
            if (!EventTypes.IsFilter(events[i]))
            {
                request.Refuse(
                    $"events[{i}]",
                    $"must be \"*\", a family such as \"room.*\", or one of {string.Join(", ", EventTypes.All)}"
                );
            }
        }

        return events;
    }
}
