using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;

namespace EventMeet.FunctionsHost;

/// <summary>What the host is made of.</summary>
internal static class FunctionsHostServices
{
    public static void AddFunctionsHost(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<HostSettings>().BindConfiguration("Host").ValidateOnStart();
        services.AddSingleton<IValidateOptions<HostSettings>, HostSettingsValidator>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IdSource>();
        services.AddSingleton<FunctionApp>();
        services.AddSingleton<IMessageBus>(CreateBus);
        services.AddHttpForwarder();
        services.AddHttpClient(HandlerProcess.ClientName, client => client.Timeout = TimeSpan.FromMinutes(5));
        services.AddSingleton<HandlerProcess>();
        services.AddHostedService(provider => provider.GetRequiredService<HandlerProcess>());
        services.AddSingleton<Invocation>();
        services.AddHostedService<TimerTriggers>();
        services.AddHostedService<QueueTriggers>();
        services.AddSingleton<HttpFunctions>();
        builder.WebHost.ConfigureKestrel(
            (_, kestrel) =>
            {
                var settings = kestrel.ApplicationServices.GetRequiredService<IOptions<HostSettings>>().Value;
                kestrel.Listen(System.Net.IPAddress.Parse(settings.Address), settings.Port);
                kestrel.AddServerHeader = false;
            }
        );
    }

    public static void MapFunctionApp(this WebApplication app)
    {
        var functions = app.Services.GetRequiredService<FunctionApp>();
        var forwarding = app.Services.GetRequiredService<HttpFunctions>();
        foreach (var function in functions.Http)
        {
            var route = string.Join(
                '/',
                new[] { functions.RoutePrefix, function.Route }.Where(part => part.Length > 0)
            );
            app.MapMethods(
                route,
                function.Methods.Select(method => method.ToUpperInvariant()),
                forwarding.ForwardAsync
            );
        }
    }

    /// <summary>Serves the web pages: the meeting page lives below /meet/.</summary>
    public static void MapWebPages(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<IOptions<HostSettings>>().Value;
        if (settings.Web.Length == 0)
        {
            return;
        }

        var files = new PhysicalFileProvider(Path.GetFullPath(settings.Web));
        _ = app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, RequestPath = "/meet" });
        _ = app.UseStaticFiles(new StaticFileOptions { FileProvider = files, RequestPath = "/meet" });
    }

    private static AmqpMessageBus CreateBus(IServiceProvider provider)
    {
        var connection =
            provider.GetRequiredService<IConfiguration>()["Bus"]
            ?? throw new InvalidOperationException("Set Bus to the broker's connection string.");
        return ActivatorUtilities.CreateInstance<AmqpMessageBus>(
            provider,
            BusConnectionOptions.FromConnectionString(connection)
        );
    }
}
