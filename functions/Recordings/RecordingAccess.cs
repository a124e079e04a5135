using EventMeet.Functions.Hosting;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Recordings;

/// <summary>
/// Says who may do what with recordings: a tenant's back end everything, a participant whose token grants roomRecord may
/// start, stop, pause and see the recordings of their own room. Files are for the back end alone.
/// </summary>
internal sealed class RecordingAccess(RoomDirectory rooms, RecordingStore recordings, Revocations revocations)
{
    /// <summary>Finds the room of the path, for who may record it.</summary>
    public async Task<(Refusal Refusal, Room? Room)> FindRoomAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (await rooms.FindAsync(call.Tenant, call.Route("room"), cancellationToken) is not { Value: var room })
        {
            return (Refusal.RoomNotFound, null);
        }

        var refusal = await CheckAsync(call, room, cancellationToken);
        return (refusal, refusal is Refusal.None ? room : null);
    }

    /// <summary>Finds the recording of the path, for who may see it.</summary>
    public async Task<(Refusal Refusal, Row<Recording>? Recording)> FindAsync(
        HttpCall call,
        CancellationToken cancellationToken
    )
    {
        if (await recordings.FindAsync(call.Tenant, call.Route("recording"), cancellationToken) is not { } found)
        {
            return (Refusal.RecordingNotFound, null);
        }

        if (call.Principal is not ParticipantPrincipal)
        {
            return (Refusal.None, found);
        }

        if (await rooms.FindAsync(call.Tenant, found.Value.Room, cancellationToken) is not { Value: var room })
        {
            return (Refusal.RecordingNotFound, null);
        }

        // Another room's recordings are none of theirs.
        var refusal = await CheckAsync(call, room, cancellationToken);
        return refusal is Refusal.None
            ? (Refusal.None, found)
            : (refusal is Refusal.TokenWrongRoom ? Refusal.RecordingNotFound : refusal, null);
    }

    private async Task<Refusal> CheckAsync(HttpCall call, Room room, CancellationToken cancellationToken)
    {
        if (call.Principal is not ParticipantPrincipal { Token: var token })
        {
            return Refusal.None;
        }

        return !IsFor(token, room) ? Refusal.TokenWrongRoom
            : !token.CanRecord || await revocations.IsRevokedAsync(room.Id, token, cancellationToken)
                ? Refusal.NotAllowed
            : Refusal.None;
    }

    private static bool IsFor(ParticipantToken token, Room room) =>
        string.Equals(token.Room, room.Id.Value, StringComparison.Ordinal)
        || string.Equals(token.Room, room.Fields.Name, StringComparison.Ordinal);
}
