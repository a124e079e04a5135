using Azure.Identity;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composites;
using EventMeet.Recorder.Composition;
using EventMeet.Recorder.Composition.Running;
using EventMeet.Recorder.Net;
using EventMeet.Recorder.Recordings;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Verification;
using EventMeet.Recorder.Work;
using EventMeet.Sockets;
using EventMeet.WorkerHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder;

/// <summary>What a recorder is made of.</summary>
internal static class RecorderServices
{
    /// <summary>Adds the blobs.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().BindConfiguration("Storage").ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton<WorkSpace>();
        return services.AddSingleton<IRecordingStore>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
            return new RecordingStore(
                RecordingStore.Connect(options, () => new DefaultAzureCredential()),
                options,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<RecordingStore>>()
            );
        });
    }

    /// <summary>Adds the recordings and the threads that take them in.</summary>
    public static IServiceCollection AddRecordings(this IServiceCollection services)
    {
        services.AddOptions<RecorderOptions>().BindConfiguration("Recorder").ValidateOnStart();
        services.AddSingleton<IValidateOptions<RecorderOptions>, RecorderOptionsValidator>();
        services.AddSingleton<MonotonicClock>().AddSingleton<RelayAddresses>().AddSingleton<RecordingLoops>();
        services.AddSingleton<IRecordingPorts>(provider => provider.GetRequiredService<RecordingLoops>());
        services.AddHostedService(provider => provider.GetRequiredService<RecordingLoops>());
        services.AddSingleton<LoadMeter>().AddSingleton<Admission>().AddSingleton<FinalReports>();
        services.AddSingleton<ITrackProbe, TrackProbe>().AddSingleton<FileVerification>();
        services.AddSingleton<RecordingTools>().AddSingleton<RecordingSet>();
        return services.AddHostedService(provider => provider.GetRequiredService<RecordingSet>());
    }

    /// <summary>Adds the composites.</summary>
    public static IServiceCollection AddComposites(this IServiceCollection services)
    {
        services.AddOptions<CompositionOptions>().BindConfiguration("Composition").ValidateOnStart();
        services.AddSingleton<IValidateOptions<CompositionOptions>, CompositionOptionsValidator>();
        services.AddSingleton(provider => new CompositeMaker(
            provider.GetRequiredService<IOptions<CompositionOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<CompositeTools>().AddSingleton<CompositeSet>();
        return services.AddHostedService(provider => provider.GetRequiredService<CompositeSet>());
    }

    /// <summary>Adds what brings work and orders; it starts when all the rest is there, and stops first.</summary>
    public static IServiceCollection AddIntake(this IServiceCollection services)
    {
        services.AddSingleton<ICommandHandler<RecorderOrder>, RecorderOrderHandler>();
        services.AddSingleton<IWorkerStatus, RecorderStatus>();
        return services
            .AddHostedService(provider =>
                ActivatorUtilities.CreateInstance<WorkIntake<StartRecording>>(
                    provider,
                    BusEntities.RecorderCommands,
                    provider.GetRequiredService<RecordingSet>()
                )
            )
            .AddHostedService(provider =>
                ActivatorUtilities.CreateInstance<WorkIntake<MakeComposite>>(
                    provider,
                    BusEntities.CompositeJobs,
                    provider.GetRequiredService<CompositeSet>()
                )
            );
    }
}
