using System.Net;
using EventMeet.Contracts.Bus;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Webhooks;

/// <summary>Registers webhooks.</summary>
internal static class WebhooksSetup
{
    /// <summary>What the bus and the clock call.</summary>
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        // One message a call: an endpoint that hangs holds up nobody else, and a failure brings back only its own.
        new QueueFunction(
            "WebhookDelivery",
            BusEntities.WebhookDeliveries,
            Batch: false,
            services => services.GetRequiredService<DeliveryQueue>().HandleAsync
        ),
        new TimerFunction(
            "EventClean",
            "0 43 * * * *",
            services =>
                (_, cancellationToken) => services.GetRequiredService<DeliveryRetention>().CleanAsync(cancellationToken)
        ),
    ];

    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks");
        return services
            .AddSingleton<HostResolver>(static async (host, token) => await Dns.GetHostAddressesAsync(host, token))
            .AddSingleton<GuardedConnector>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookKeys>()
            .AddSingleton<WebhookStore>()
            .AddSingleton<DeliveryStore>()
            .AddSingleton<DeliveryRetention>()
            .AddSingleton<DeliveryQueue>()
            .AddSingleton<WebhookFunctions>()
            .AddSingleton<DeliveryFunctions>();
    }
}
