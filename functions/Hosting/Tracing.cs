using System.Diagnostics;

namespace EventMeet.Functions.Hosting;

/// <summary>The W3C trace context of a request.</summary>
internal static class Tracing
{
    private static readonly object ParentKey = new();

    /// <summary>Gets the traceparent: the running activity's, or one made for this request alone.</summary>
    public static string ParentOf(HttpContext context)
    {
        if (context.Items[ParentKey] is string known)
        {
            return known;
        }

        var parent = Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id }
            ? id
            : Continue(context.Request.Headers.TraceParent);
        context.Items[ParentKey] = parent;
        return parent;
    }

    // Nobody listens to activities: the caller's trace goes on all the same, for logs and messages.
    private static string Continue(string? caller) =>
        ActivityContext.TryParse(caller, traceState: null, out var parent)
            ? $"00-{parent.TraceId}-{ActivitySpanId.CreateRandom()}-{(byte)parent.TraceFlags:x2}"
            : $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";

    /// <summary>Gets the trace id alone, 32 hexadecimal digits.</summary>
    public static string TraceIdOf(HttpContext context) => ParentOf(context)[3..35];
}
