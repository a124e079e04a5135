using System.Text.Json.Serialization;

namespace EventMeet.Functions.Hosting;

/// <summary>One "no" with what is particular to this case.</summary>
/// <param name="Refusal">Which no.</param>
/// <param name="Detail">What to do about it; null for the refusal's own sentence.</param>
internal sealed record Problem(Refusal Refusal, string? Detail = null)
{
    /// <summary>Gets the fields at fault.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>Gets how long to wait before trying again; sent as Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>One field at fault.</summary>
/// <param name="Field">Its name as the client wrote it; dots and brackets lead into objects and lists.</param>
/// <param name="Message">What is wrong with it.</param>
internal sealed record FieldError(string Field, string Message);

/// <summary>RFC 9457 problem details as they are written.</summary>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Instance,
    string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Errors
);
