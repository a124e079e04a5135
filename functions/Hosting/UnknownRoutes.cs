namespace EventMeet.Functions.Hosting;

/// <summary>Everything else below /v1: without it the Functions host would answer 404 itself, without saying why.</summary>
internal static class UnknownRoutes
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction("UnknownRoute", "v1/{*path}", [.. Methods.Select(Refuse)]),
    ];

    private static IEnumerable<string> Methods => ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private static HttpMethodDefinition Refuse(string method) =>
        new(method, Access.Anonymous, _ => static (_, _) => Task.FromResult(Reply.Refused(Refusal.NotFound)))
        {
            AnyBody = true,
        };
}
