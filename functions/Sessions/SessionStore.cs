using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Sessions;

/// <summary>Reads and forgets sessions and seats; they are written in the transactions of admission and update.</summary>
internal sealed class SessionStore(ITableStore store)
{
    private const int MostRows = 1000;
    private const int LongestId = 64;

    /// <summary>Finds a session of a room; null when there is none.</summary>
    public async Task<Row<SessionRow>?> FindAsync(RoomId room, string session, CancellationToken cancellationToken) =>
        session.Length is > 0 and <= LongestId
        && session.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
            ? await store.FindAsync(
                Tables.Rooms,
                room.Value,
                SessionRow.NameOf(new SessionId(session)),
                SessionsJsonContext.Default.SessionRow,
                cancellationToken
            )
            : null;

    /// <summary>Finds who has a seat; null when it is free.</summary>
    public Task<Row<SeatRow>?> FindSeatAsync(RoomId room, string seat, CancellationToken cancellationToken) =>
        store.FindAsync(Tables.Rooms, room.Value, seat, SessionsJsonContext.Default.SeatRow, cancellationToken);

    /// <summary>Forgets a session; one that is not there is no error.</summary>
    public Task ForgetAsync(RoomId room, SessionId session, CancellationToken cancellationToken) =>
        DeleteAsync(room, SessionRow.NameOf(session), etag: null, cancellationToken);

    /// <summary>Frees a seat if this session still has it.</summary>
    public async Task FreeSeatAsync(RoomId room, string? seat, SessionId session, CancellationToken cancellationToken)
    {
        if (seat is not null && await FindSeatAsync(room, seat, cancellationToken) is { } found)
        {
            if (found.Value.Session == session)
            {
                await DeleteAsync(room, seat, found.ETag, cancellationToken);
            }
        }
    }

    /// <summary>Handles the facts that end sessions: somebody left, or the shard let the room go.</summary>
    /// <exception cref="StorageUnavailableException">Storage does not answer: the batch must come again.</exception>
    public async Task HandleAsync(IReadOnlyList<WorkerEvent> events, CancellationToken cancellationToken)
    {
        foreach (var fact in events)
        {
            if (fact is ParticipantLeft left)
            {
                await ForgetAsync(left.Room, left.Session, cancellationToken);
                foreach (var use in Enum.GetValues<Sdp.SessionUse>())
                {
                    var seat = SeatRow.NameOf(use, left.Identity);
                    await FreeSeatAsync(left.Room, seat, left.Session, cancellationToken);
                }
            }
            else if (fact is RoomEmptied emptied)
            {
                await ForgetRoomAsync(emptied.Room, emptied.Epoch, cancellationToken);
            }
        }
    }

    private async Task ForgetRoomAsync(RoomId room, long epoch, CancellationToken cancellationToken)
    {
        foreach (var row in await ListAsync(room, Rooms.RoomRows.SessionPrefix, cancellationToken))
        {
            if (row.As(SessionsJsonContext.Default.SessionRow).Value.Epoch <= epoch)
            {
                await DeleteAsync(room, row.Name, row.ETag, cancellationToken);
            }
        }

        foreach (var row in await ListAsync(room, SeatRow.Prefix, cancellationToken))
        {
            if (row.As(SessionsJsonContext.Default.SeatRow).Value.Epoch <= epoch)
            {
                await DeleteAsync(room, row.Name, row.ETag, cancellationToken);
            }
        }
    }

    private Task<IReadOnlyList<StoredRow>> ListAsync(RoomId room, string prefix, CancellationToken cancellationToken) =>
        store.ListAsync(Tables.Rooms, room.Value, RowRange.Prefix(prefix), MostRows, cancellationToken);

    // Not committed means that somebody else changed or deleted it, and then it is theirs.
    private Task<WriteResult> DeleteAsync(RoomId room, string row, string? etag, CancellationToken cancellationToken) =>
        store.WriteAsync(Tables.Rooms, room.Value, [RowChange.Delete(row, etag)], cancellationToken);
}
