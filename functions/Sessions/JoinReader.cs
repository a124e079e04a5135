using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sdp;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Sessions;

/// <summary>
/// Reads all that a join needs at once, and writes the outbox's marker meanwhile: a browser waits for one round trip to
/// storage instead of five.
/// </summary>
internal sealed class JoinReader(
    RoomDirectory rooms,
    Revocations revocations,
    SessionStore sessions,
    WorkerDirectory workers,
    Outbox outbox
)
{
    /// <summary>Reads for one try.</summary>
    /// <param name="room">Which room.</param>
    /// <param name="principal">Who joins.</param>
    /// <param name="use">Which endpoint took the offer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StorageUnavailableException">Storage does not answer.</exception>
    public async Task<JoinReads> ReadAsync(
        RoomId room,
        ParticipantPrincipal principal,
        SessionUse use,
        CancellationToken cancellationToken
    )
    {
        var seatName = SeatRow.NameOf(use, principal.Token.Identity);
        var found = rooms.FindAsync(principal.Tenant, room, cancellationToken);
        var revoked = revocations.IsRevokedAsync(room, principal.Token, cancellationToken);
        var placement = rooms.FindPlacementAsync(room, cancellationToken);
        var seat = seatName is null
            ? Task.FromResult<Row<SeatRow>?>(null)
            : sessions.FindSeatAsync(room, seatName, cancellationToken);
        var marker = outbox.MarkAsync(Tables.Rooms, room.Value, cancellationToken);
        // Known for a second; asked here so that a first join, too, waits only once.
        var known = workers.ListAsync(cancellationToken);
        await Task.WhenAll(found, revoked, placement, seat, marker, known);
        return new JoinReads(await found, await revoked, await placement, seatName, await seat, await marker);
    }
}

/// <summary>What a join is decided on.</summary>
/// <param name="Room">The room; null when the tenant has none of this id.</param>
/// <param name="Revoked">Whether the token was taken back.</param>
/// <param name="Placement">Where the room is; null when it was never placed.</param>
/// <param name="SeatName">The seat's row; null for a use without seats.</param>
/// <param name="Seat">Who has the seat; null when it is free.</param>
/// <param name="Marker">The outbox's marker: for the commit, or to be abandoned.</param>
internal sealed record JoinReads(
    Row<Room>? Room,
    bool Revoked,
    Row<RoomPlacement>? Placement,
    string? SeatName,
    Row<SeatRow>? Seat,
    string Marker
);
