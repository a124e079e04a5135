using EventMeet.Contracts;
using EventMeet.Functions.Events;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Keys;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Recordings;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sessions;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tokens;
using EventMeet.Functions.Webhooks;

namespace EventMeet.Functions;

/// <summary>Puts the areas together.</summary>
internal static class FunctionsApp
{
    /// <summary>The app that serves: areas, storage and bus.</summary>
    public static WebApplication Build(string[] args, TimeProvider clock)
    {
        var builder = CreateBuilder(args).AddHosting(clock).AddBus();
        builder.Services.AddTableStorage().AddRecordingStorage().AddHostedService<StorageStarter>();
        builder.Services.AddAreas();
        var app = builder.Build();
        app.MapFunctions(FunctionTable.All);
        return app;
    }

    /// <summary>What a command needs: storage and keys, no port and no bus.</summary>
    public static WebApplication BuildForCommand(TimeProvider clock)
    {
        var builder = CreateBuilder([]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton<IdSource>();
        builder.Services.AddTableStorage().AddKeys();
        return builder.Build();
    }

    /// <summary>The areas, without storage and bus, which a test brings itself.</summary>
    public static IServiceCollection AddAreas(this IServiceCollection services) =>
        services
            .AddOutbox()
            .AddKeys()
            .AddTokens()
            .AddEvents()
            .AddWebhooks()
            .AddRooms()
            .AddParticipants()
            .AddPlacement()
            .AddSessions()
            .AddRecordings();

    // Settings from the environment and the command line, lines on the console, Kestrel without TLS: what a custom handler
    // has a use for. The usual builder adds settings files that it watches and more sinks, which every cold start pays for.
    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args });
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole();
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        return builder;
    }
}
