namespace EventMeet.Functions.Hosting;

/// <summary>Maps the table's functions to paths.</summary>
internal static class FunctionRouting
{
    // What the Functions host polls until the first answer, and later as its health check.
    private static readonly byte[] Ready = "EventMeet.Functions"u8.ToArray();

    public static void MapFunctions(this WebApplication app, IEnumerable<FunctionDefinition> functions)
    {
        var http = app.Services.GetRequiredService<HttpPipeline>();
        var triggers = app.Services.GetRequiredService<TriggerPipeline>();
        app.MapGet("/", context => context.Response.Body.WriteAsync(Ready, context.RequestAborted).AsTask());
        foreach (var function in functions)
        {
            if (function is HttpFunction route)
            {
                app.Map("/" + route.Route, (RequestDelegate)(context => http.RunAsync(context, route)));
            }
            else
            {
                app.MapPost("/" + function.Name, (RequestDelegate)(context => triggers.RunAsync(context, function)));
            }
        }

        app.MapFallback(context => HttpPipeline.WriteAsync(context, Reply.Refused(Refusal.NotFound)));
    }
}
