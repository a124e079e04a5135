using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/// <summary>What the broker looks at in a source (section 3.5.3) or target (section 3.5.4).</summary>
internal static class Terminus
{
    private const int SourceFilter = 7;

    internal static string? AddressOf(Described? terminus) =>
        terminus?.Value is object?[] { Length: > 0 } fields ? fields[0] as string : null;

    internal static AmqpMap? FiltersOf(Described? source) =>
        source?.Value is object?[] { Length: > SourceFilter } fields ? fields[SourceFilter] as AmqpMap : null;

    /// <summary>The source to answer with: the same, with the filters that are in force.</summary>
    internal static Described WithFilters(Described source, AmqpMap? filters)
    {
        var fields = source.Value as object?[] ?? [];
        var answered = new object?[Math.Max(fields.Length, SourceFilter + 1)];
        fields.CopyTo(answered, 0);
        answered[SourceFilter] = filters;
        return new Described(Descriptors.Source, answered);
    }
}
