using EventMeet.Functions.Hosting;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Rooms;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Placement;

/// <summary>Registers placement: heartbeats in, shards out.</summary>
internal static class PlacementSetup
{
    /// <summary>The timers of this area.</summary>
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new TimerFunction(
            "WorkerClean",
            "30 */5 * * * *",
            services =>
                (_, cancellationToken) => services.GetRequiredService<WorkerDirectory>().CleanAsync(cancellationToken)
        ),
    ];

    public static IServiceCollection AddPlacement(this IServiceCollection services)
    {
        services.AddOptions<PlacementOptions>().BindConfiguration("Placement").ValidateOnStart();
        return services
            .AddSingleton<IValidateOptions<PlacementOptions>, PlacementOptionsValidator>()
            .AddSingleton<WorkerDirectory>()
            .AddSingleton<WorkerEventHandler>(provider => provider.GetRequiredService<WorkerDirectory>().HandleAsync)
            .AddSingleton<WorkerLookup>(provider => provider.GetRequiredService<WorkerDirectory>().IsKnownAsync)
            .AddSingleton<RoomPlacer>();
    }
}
