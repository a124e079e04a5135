using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Storage;

/// <summary>Registers state.</summary>
internal static class StorageSetup
{
    /// <summary>Tables in Azure Storage or Azurite, made in the background.</summary>
    public static IServiceCollection AddTableStorage(this IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().BindConfiguration("Storage").ValidateOnStart();
        services.AddSingleton<IPostConfigureOptions<StorageOptions>, StorageFallback>();
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton<AzureTableStore>();
        services.AddSingleton<ITableStore>(provider => provider.GetRequiredService<AzureTableStore>());
        return services;
    }

    /// <summary>Messages that follow from state.</summary>
    public static IServiceCollection AddOutbox(this IServiceCollection services) =>
        services
            .AddSingleton<WorkerOrders>()
            .AddSingleton<Outbox>()
            .AddSingleton<StorageTimers>()
            .AddSingleton<OutboxCleaner>()
            .AddHostedService(provider => provider.GetRequiredService<OutboxCleaner>());
}
