using EventMeet.Contracts.Messages;
using EventMeet.Sfu.Control;
using EventMeet.Sfu.Net;
using EventMeet.Sockets;
using EventMeet.WorkerHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventMeet.Sfu;

/// <summary>What an SFU worker is made of.</summary>
internal static class SfuServices
{
    public static IServiceCollection AddShards(this IServiceCollection services)
    {
        services.AddOptions<SfuOptions>().BindConfiguration("Sfu").ValidateOnStart();
        services.AddSingleton<IValidateOptions<SfuOptions>, SfuOptionsValidator>();
        services.AddSingleton<MonotonicClock>();
        services.AddSingleton<AzureMetadata>();
        services.AddSingleton<PublicAddresses>();
        services.AddSingleton<ShardSet>();
        services.AddSingleton<IWorkerStatus>(provider => provider.GetRequiredService<ShardSet>());
        return services.AddHostedService(provider => provider.GetRequiredService<ShardSet>());
    }

    public static IServiceCollection AddControl(this IServiceCollection services)
    {
        services.AddSingleton<FactReporter>();
        return services.AddSingleton<ICommandHandler<SfuCommand>, SfuCommandHandler>();
    }
}
