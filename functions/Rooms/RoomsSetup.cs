namespace EventMeet.Functions.Rooms;

/// <summary>Registers rooms.</summary>
internal static class RoomsSetup
{
    public static IServiceCollection AddRooms(this IServiceCollection services) =>
        services
            .AddSingleton<RoomDirectory>()
            .AddSingleton<RoomWatch>()
            .AddSingleton<RoomEnding>()
            .AddSingleton<RoomReaper>()
            .AddSingleton<RoomFunctions>();
}
