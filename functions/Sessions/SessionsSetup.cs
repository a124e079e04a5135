using EventMeet.Functions.Participants;
using EventMeet.Functions.Sdp;

namespace EventMeet.Functions.Sessions;

/// <summary>Registers signalling.</summary>
internal static class SessionsSetup
{
    public static IServiceCollection AddSessions(this IServiceCollection services) =>
        services
            .AddSingleton<AnswerChance>()
            .AddSingleton<SessionStore>()
            .AddSingleton<WorkerEventHandler>(provider => provider.GetRequiredService<SessionStore>().HandleAsync)
            .AddSingleton<JoinReader>()
            .AddSingleton<SessionAdmission>()
            .AddSingleton<SessionUpdates>()
            .AddSingleton<SessionFunctions>();
}
