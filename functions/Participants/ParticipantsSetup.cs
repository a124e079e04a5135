namespace EventMeet.Functions.Participants;

/// <summary>Registers participants and the dispatch of worker events.</summary>
internal static class ParticipantsSetup
{
    public static IServiceCollection AddParticipants(this IServiceCollection services) =>
        services
            .AddSingleton<RoomFacts>()
            .AddSingleton<WorkerEventHandler>(provider => provider.GetRequiredService<RoomFacts>().HandleAsync)
            .AddSingleton<WorkerEvents>()
            .AddSingleton<Revocations>()
            .AddSingleton<ParticipantFunctions>();
}
