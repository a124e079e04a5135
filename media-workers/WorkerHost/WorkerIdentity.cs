using System.Reflection;
using EventMeet.Contracts;
using Microsoft.Extensions.Options;

namespace EventMeet.WorkerHost;

/// <summary>Who this process is on the bus. Made anew at every start: a restarted worker is another worker.</summary>
/// <param name="ids">Makes the id.</param>
/// <param name="options">Name, region and zone.</param>
public sealed class WorkerIdentity(IdSource ids, IOptions<WorkerOptions> options)
{
    /// <summary>Gets the worker's id.</summary>
    public WorkerId Id { get; } = ids.New<WorkerId>();

    /// <summary>Gets what operators read.</summary>
    public string Name { get; } = options.Value.Name.Length > 0 ? options.Value.Name : Environment.MachineName;

    /// <summary>Gets the region.</summary>
    public string Region { get; } = options.Value.Region;

    /// <summary>Gets the zone; null when there is none.</summary>
    public string? Zone { get; } = options.Value.Zone.Length > 0 ? options.Value.Zone : null;

    /// <summary>Gets the program's version.</summary>
    public string Version { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "0";

    /// <summary>Gets the CloudEvents source of everything this worker sends.</summary>
    public string Source => $"/workers/{Id}";
}
