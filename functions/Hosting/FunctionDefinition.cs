using EventMeet.Contracts.Bus;

namespace EventMeet.Functions.Hosting;

/// <summary>One function as the Functions host knows it: a name and one trigger.</summary>
/// <param name="Name">Letters and digits; trigger calls come as POST /Name, so no public path may start with it.</param>
internal abstract record FunctionDefinition(string Name);

/// <summary>
/// One route with all its methods. The host hands on every method, so that 405, Allow and OPTIONS are answered here
/// and in one way.
/// </summary>
/// <param name="Name">The function's name.</param>
/// <param name="Route">ASP.NET route template without a leading slash.</param>
/// <param name="Methods">What each method does.</param>
internal sealed record HttpFunction(string Name, string Route, IReadOnlyList<HttpMethodDefinition> Methods)
    : FunctionDefinition(Name)
{
    /// <summary>Gets whether pages of other origins may call this route.</summary>
    public bool OpenToBrowsers { get; init; }
}

/// <summary>What one method of a route does.</summary>
/// <param name="Method">GET, POST, …</param>
/// <param name="Access">Whose credentials it takes.</param>
/// <param name="Handler">Finds the handler.</param>
internal sealed record HttpMethodDefinition(string Method, Access Access, Func<IServiceProvider, HttpHandler> Handler)
{
    /// <summary>Gets the media types of the body it takes; empty when it takes none.</summary>
    public IReadOnlyList<string> Accepts { get; init; } = [];

    /// <summary>Gets the largest body in bytes.</summary>
    public int MaxBody { get; init; } = BodyLimits.Json;

    /// <summary>Gets whether the body may be left out.</summary>
    public bool BodyOptional { get; init; }

    /// <summary>Gets whether the body is not looked at.</summary>
    public bool AnyBody { get; init; }
}

/// <summary>Called on a schedule, on one instance only.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Schedule">NCRONTAB: second minute hour day month weekday.</param>
/// <param name="Handler">Finds the handler.</param>
internal sealed record TimerFunction(string Name, string Schedule, Func<IServiceProvider, TimerHandler> Handler)
    : FunctionDefinition(Name);

/// <summary>Called with messages of a queue.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Queue">A name of <see cref="BusEntities"/>.</param>
/// <param name="Batch">Many messages a call rather than one.</param>
/// <param name="Handler">Finds the handler.</param>
internal sealed record QueueFunction(
    string Name,
    string Queue,
    bool Batch,
    Func<IServiceProvider, QueueHandler> Handler
) : FunctionDefinition(Name);

/// <summary>Does what the timer is for. Throwing makes the call fail; the next tick comes all the same.</summary>
internal delegate Task TimerHandler(TimerTick tick, CancellationToken cancellationToken);

/// <summary>Handles messages. Throwing makes the host give them all back; they come again with a higher delivery count.</summary>
internal delegate Task QueueHandler(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken);

/// <summary>One tick of a timer.</summary>
/// <param name="IsPastDue">The host was not there at the time.</param>
internal readonly record struct TimerTick(bool IsPastDue);

/// <summary>One message as a trigger hands it over.</summary>
/// <param name="Id">CloudEvents id.</param>
/// <param name="Type">CloudEvents type; empty when the sender gave none.</param>
/// <param name="Body">UTF-8 JSON.</param>
/// <param name="DeliveryCount">How often it was delivered, this time included.</param>
internal sealed record QueueMessage(string Id, string Type, ReadOnlyMemory<byte> Body, int DeliveryCount)
{
    /// <summary>Gets the W3C trace context of the sender.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>Whose credentials a method takes.</summary>
internal enum Access
{
    /// <summary>Anybody's.</summary>
    Anonymous,

    /// <summary>An API key, or a short JWT signed with one.</summary>
    Tenant,

    /// <summary>A participant token.</summary>
    Participant,

    /// <summary>Either.</summary>
    TenantOrParticipant,
}

/// <summary>The largest bodies taken, in bytes.</summary>
internal static class BodyLimits
{
    public const int Json = 64 * 1024;
    public const int Sdp = 256 * 1024;
}
