namespace EventMeet.Functions.Events;

/// <summary>Registers events.</summary>
internal static class EventsSetup
{
    public static IServiceCollection AddEvents(this IServiceCollection services) =>
        services
            .AddSingleton<EventRaiser>()
            .AddSingleton<EventLog>()
            .AddSingleton<Retention>()
            .AddSingleton<EventFunctions>();
}
