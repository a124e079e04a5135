using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventMeet.Functions.Hosting;

/// <summary>What a handler answers. Conventions common to all routes (trace, limits, CORS) are added by the pipeline.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Null when there is no body.</param>
/// <param name="Body">The bytes.</param>
internal sealed record Reply(int Status, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>Gets headers beyond the common ones, in order; a name may come more than once (Link).</summary>
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Gets the problem to write as the body; null for every other answer.</summary>
    public Problem? Problem { get; init; }

    public static Reply Json<T>(int status, T value, JsonTypeInfo<T> type) =>
        new(status, "application/json", JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static Reply Text(int status, string contentType, string text) =>
        new(status, contentType, Encoding.UTF8.GetBytes(text));

    public static Reply Empty(int status) => new(status, null, ReadOnlyMemory<byte>.Empty);

    public static Reply Refused(Refusal refusal, string? detail = null) => Refused(new Problem(refusal, detail));

    public static Reply Refused(Problem problem) =>
        new(Problems.StatusOf(problem.Refusal), Problems.ContentType, ReadOnlyMemory<byte>.Empty) { Problem = problem };

    /// <summary>Adds a header.</summary>
    public Reply With(string name, string value) => this with { Headers = Headers.Add((name, value)) };
}
