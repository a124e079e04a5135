using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Hosting;

/// <summary>Registers what all areas share.</summary>
internal static class HostingSetup
{
    private const int LargestBody = 32 * 1024 * 1024;

    // The host's own setting first; the second is what older hosts call it.
    private static readonly string[] PortSettings =
    [
        "port",
        "FUNCTIONS_CUSTOMHANDLER_PORT",
        "FUNCTIONS_HTTPWORKER_PORT",
    ];

    /// <summary>Listens where the Functions host expects it: on the loopback address only.</summary>
    /// <exception cref="InvalidOperationException">No setting names a port.</exception>
    public static WebApplicationBuilder AddHosting(this WebApplicationBuilder builder, TimeProvider clock)
    {
        var port = PortOf(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
        });
        // Two lines per request say nothing that the audit log and the traces do not say better.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton<IdSource>();
        builder.Services.AddSingleton<HealthBoard>();
        builder.Services.AddHostingSettings();
        builder.Services.AddSingleton<Authenticator>();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddSingleton<ReplySeal>();
        builder.Services.AddSingleton<Idempotency>();
        builder.Services.AddSingleton<AuditLog>();
        builder.Services.AddHostedService(services => services.GetRequiredService<AuditLog>());
        builder.Services.AddSingleton<CrossOrigin>();
        builder.Services.AddSingleton<HttpPipeline>();
        builder.Services.AddSingleton<TriggerPipeline>();
        builder.Services.AddSingleton<HealthFunctions>();
        return builder;
    }

    /// <summary>Connects to the bus.</summary>
    public static WebApplicationBuilder AddBus(this WebApplicationBuilder builder)
    {
        var options = BusSettings.Read(builder.Configuration);
        builder.Services.AddSingleton(services => new AmqpMessageBus(
            options,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<AmqpMessageBus>>()
        ));
        builder.Services.AddSingleton<IMessageBus>(services => services.GetRequiredService<AmqpMessageBus>());
        builder.Services.AddHostedService<BusStarter>();
        return builder;
    }

    private static void AddHostingSettings(this IServiceCollection services)
    {
        services.AddOptions<HostingOptions>().BindConfiguration("Hosting").ValidateOnStart();
        services.AddSingleton<IValidateOptions<HostingOptions>, HostingOptionsValidator>();
        services.AddOptions<RateLimitOptions>().BindConfiguration("RateLimits").ValidateOnStart();
        services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>();
    }

    private static int PortOf(ConfigurationManager configuration)
    {
        var text = PortSettings
            .Select(name => configuration[name])
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return ushort.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new InvalidOperationException(
                "No port: the Functions host sets FUNCTIONS_CUSTOMHANDLER_PORT; by hand give --port."
            );
    }
}
