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

/// <summary>
/// Every function of the app, area by area. The routes served here and the function.json files that the Functions host
/// reads are both made from this table.
/// </summary>
internal static class FunctionTable
{
    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        .. RoomFunctions.All,
        .. TokenFunctions.All,
        .. ParticipantFunctions.All,
        .. SessionFunctions.All,
        .. IceServers.All,
        .. KeyFunctions.All,
        .. EventFunctions.All,
        .. WebhookFunctions.All,
        .. DeliveryFunctions.All,
        .. WebhooksSetup.All,
        .. RecordingFunctions.All,
        .. CompositeFunctions.All,
        .. FileFunctions.All,
        .. RecordingsSetup.All,
        .. HealthFunctions.All,
        .. UnknownRoutes.All,
        .. WorkerEvents.All,
        .. RoomReaper.All,
        .. PlacementSetup.All,
        .. StorageTimers.All,
    ];
}
