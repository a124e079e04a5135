using EventMeet.Functions.Hosting;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Rooms;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Recordings;

/// <summary>Registers recordings.</summary>
internal static class RecordingsSetup
{
    /// <summary>What the clock calls.</summary>
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new TimerFunction(
            "RecordingReap",
            "*/5 * * * * *",
            services =>
                (_, cancellationToken) => services.GetRequiredService<RecordingReaper>().RunAsync(cancellationToken)
        ),
        new TimerFunction(
            "RecorderClean",
            "45 */5 * * * *",
            services =>
                (_, cancellationToken) => services.GetRequiredService<RecorderDirectory>().CleanAsync(cancellationToken)
        ),
    ];

    /// <summary>Registers the area, without its storage. Comes after participants: those are counted first.</summary>
    public static IServiceCollection AddRecordings(this IServiceCollection services) =>
        services
            .AddSingleton<RecordingWatch>()
            .AddSingleton<RecorderOrders>()
            .AddSingleton<RecordingStore>()
            .AddSingleton<RecordingStarter>()
            .AddSingleton<RecordingRelays>()
            .AddSingleton<RecordingFacts>()
            .AddSingleton<RecordingRooms>()
            .AddSingleton<RecordingReaper>()
            .AddSingleton<RecorderDirectory>()
            .AddSingleton<RecordingAccess>()
            .AddSingleton<RecordingFunctions>()
            .AddSingleton<CompositeFunctions>()
            .AddSingleton<FileFunctions>()
            .AddSingleton<WorkerEventHandler>(provider => provider.GetRequiredService<RecorderDirectory>().HandleAsync)
            .AddSingleton<WorkerEventHandler>(provider => provider.GetRequiredService<RecordingFacts>().HandleAsync)
            .AddSingleton<WorkerEventHandler>(provider => provider.GetRequiredService<RecordingRooms>().HandleAsync)
            .AddSingleton<RoomEndListener>(provider => provider.GetRequiredService<RecordingRooms>().LookAsync);

    /// <summary>Recordings in Azure Storage or Azurite.</summary>
    public static IServiceCollection AddRecordingStorage(this IServiceCollection services)
    {
        services.AddOptions<RecordingsOptions>().BindConfiguration("Recordings").ValidateOnStart();
        services.AddSingleton<IPostConfigureOptions<RecordingsOptions>, RecordingsFallback>();
        services.AddSingleton<IValidateOptions<RecordingsOptions>, RecordingsOptionsValidator>();
        return services.AddSingleton<IRecordingStorage, AzureRecordingStorage>();
    }
}
