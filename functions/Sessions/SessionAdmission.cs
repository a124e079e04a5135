using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sdp;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Sessions;

/// <summary>
/// Admits an offer: finds the room's shard, computes the answer, and writes the placement (if it is new), the session, the
/// seat and the order to the shard in one transaction. Whatever is refused has written nothing.
/// </summary>
internal sealed class SessionAdmission(
    RoomDirectory rooms,
    RoomPlacer placer,
    SessionStore sessions,
    Outbox outbox,
    WorkerOrders orders,
    IdSource ids,
    AnswerChance chance,
    TimeProvider clock
)
{
    // Others who place the room, or join as the same identity, at the same moment take turns by ETag.
    private const int MostTries = 8;

    // By then the browser has given up its checks; a peer admitted later would only wait for nobody.
    private static readonly TimeSpan OrderWorth = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryWithoutWorker = TimeSpan.FromSeconds(2);

    /// <summary>Admits an offer or says why not.</summary>
    public async Task<Admission> AdmitAsync(SessionOffer offer, CancellationToken cancellationToken)
    {
        var session = ids.New<SessionId>();
        var participant = ParticipantOf(offer.Principal, ids.New<ParticipantId>());
        for (var tries = 0; tries < MostTries; tries++)
        {
            // A room that ended meanwhile must be seen; the first time it was just read.
            var room = tries == 0 ? offer.Room : (await rooms.FindAsync(offer.Room.Id, cancellationToken))?.Value;
            if (room is null)
            {
                return Admission.Refuse(new Problem(Refusal.RoomNotFound));
            }

            var seatName = SeatRow.NameOf(offer.Use, participant.Identity);
            var seat = seatName is null ? null : await sessions.FindSeatAsync(room.Id, seatName, cancellationToken);
            var refusal = RoomDecider.CanJoin(room, clock.GetUtcNow());
            // Who takes their own seat again needs no other.
            if (refusal is not Refusal.None && !(refusal is Refusal.RoomFull && seat is not null))
            {
                return Admission.Refuse(new Problem(refusal));
            }

            if (await placer.FindAsync(room, cancellationToken) is not { } place)
            {
                return Admission.Refuse(new Problem(Refusal.NoWorker) { RetryAfter = RetryWithoutWorker });
            }

            var request = new AnswerRequest(
                session,
                participant,
                offer.Use,
                place.Place.Shard.Addresses,
                place.Place.Worker.Fingerprint,
                Previous: null
            );
            if (Answerer.TryAnswer(request, offer.Description, chance, out var answer) is { } unanswerable)
            {
                return Admission.Refuse(SdpProblems.Of(unanswerable));
            }

            var row = RowOf(offer, session, place, answer!);
            if (await TryCommitAsync(offer, room, row, place, (seatName, seat), cancellationToken))
            {
                placer.HandlePlaced(place);
                return new Admission(row, null);
            }
        }

        return Admission.Refuse(new Problem(Refusal.ConcurrentChange));
    }

    /// <summary>Says who comes in, as the shard is told.</summary>
    internal static ParticipantSpec ParticipantOf(ParticipantPrincipal principal, ParticipantId id) =>
        new(id, principal.Token.Identity, principal.Token.Name, principal.Token.Metadata, principal.Token.Grants);

    private SessionRow RowOf(SessionOffer offer, SessionId session, RoomPlace place, Answer answer) =>
        new(
            session,
            offer.Use,
            place.Placement.Worker,
            place.Placement.Shard,
            place.Placement.Epoch,
            answer.Peer,
            answer.Sdp,
            offer.Hash,
            clock.GetUtcNow()
        );

    private async Task<bool> TryCommitAsync(
        SessionOffer offer,
        Room room,
        SessionRow row,
        RoomPlace place,
        (string? Name, Row<SeatRow>? Taken) seat,
        CancellationToken cancellationToken
    )
    {
        List<RowChange> changes =
        [
            RowChange.Insert(SessionRow.NameOf(row.Id), row, SessionsJsonContext.Default.SessionRow),
        ];
        List<OutgoingMessage> messages = [];
        if (place.Change is not null)
        {
            changes.Add(place.Change);
        }

        if (seat.Name is not null)
        {
            SeatRow mine = new(row.Id, row.Epoch);
            var type = SessionsJsonContext.Default.SeatRow;
            changes.Add(
                seat.Taken is null
                    ? RowChange.Insert(seat.Name, mine, type)
                    : RowChange.Replace(seat.Name, mine, seat.Taken.ETag, type)
            );
        }

        // The older session first: in a full room it is its place that is taken.
        if (seat.Taken?.Value is { } older && older.Epoch == row.Epoch)
        {
            ClosePeer close = new(room.Id, row.Shard, row.Epoch, older.Session, LeaveReason.Replaced);
            messages.Add(orders.To(row.Worker, close, offer.TraceParent));
        }

        AdmitPeer admit = new(room.Id, row.Shard, row.Epoch, room.ToSettings(), row.Peer);
        var order = orders.To(row.Worker, admit, offer.TraceParent);
        messages.Add(order with { Message = order.Message with { TimeToLive = OrderWorth } });
        var commit = await outbox.CommitAsync(Tables.Rooms, room.Id.Value, changes, messages, cancellationToken);
        if (commit.Committed && seat.Taken is not null)
        {
            // Not in the transaction: the row may have gone by itself, and that is no conflict.
            await sessions.ForgetAsync(room.Id, seat.Taken.Value.Session, cancellationToken);
        }

        return commit.Committed;
    }
}

/// <summary>An offer that is to be admitted.</summary>
/// <param name="Room">The room as it was read.</param>
/// <param name="Principal">Who offers.</param>
/// <param name="Use">Which endpoint took it.</param>
/// <param name="Description">The well-formed description.</param>
/// <param name="Hash">By which a repeated offer is known.</param>
/// <param name="TraceParent">The request behind it.</param>
internal sealed record SessionOffer(
    Room Room,
    ParticipantPrincipal Principal,
    SessionUse Use,
    SdpDescription Description,
    string Hash,
    string TraceParent
);

/// <summary>What became of an offer.</summary>
/// <param name="Session">The session; null when refused.</param>
/// <param name="Problem">Why not; null when admitted.</param>
internal sealed record Admission(SessionRow? Session, Problem? Problem)
{
    public static Admission Refuse(Problem problem) => new(null, problem);
}
