using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sdp;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Sessions;

/// <summary>
/// Admits an offer: finds the room's shard, computes the answer, and writes the placement (if it is new), the session, the
/// seat and the order to the shard in one transaction. Whatever is refused has written nothing.
/// </summary>
internal sealed class SessionAdmission(
    JoinReader reader,
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
            var reads = await reader.ReadAsync(offer.Room, offer.Principal, offer.Use, cancellationToken);
            var (problem, place, answer) = await DecideAsync(offer, session, participant, reads, cancellationToken);
            if (problem is not null)
            {
                outbox.Abandon(reads.Marker);
                return Admission.Refuse(problem);
            }

            var row = RowOf(offer, session, place!, answer!);
            if (await TryCommitAsync(offer, reads, row, place!, cancellationToken))
            {
                placer.HandleAdmitted(place!);
                return new Admission(row, null);
            }
        }

        return Admission.Refuse(new Problem(Refusal.ConcurrentChange));
    }

    /// <summary>Says why a token's bearer may not do anything in a room; null when they may.</summary>
    /// <param name="room">The room; null when the tenant has none.</param>
    /// <param name="token">Whose token.</param>
    /// <param name="revoked">Whether it was taken back.</param>
    internal static Problem? Refuse(Room? room, ParticipantToken token, bool revoked) =>
        room is null ? new Problem(Refusal.RoomNotFound)
        : !IsSame(token.Room, room.Id.Value) && !IsSame(token.Room, room.Fields.Name)
            ? new Problem(Refusal.TokenWrongRoom)
        : revoked ? new Problem(Refusal.NotAllowed, "They were removed from this room; a new token lets them in again.")
        : null;

    private async Task<(Problem? Problem, RoomPlace? Place, Answer? Answer)> DecideAsync(
        SessionOffer offer,
        SessionId session,
        ParticipantSpec participant,
        JoinReads reads,
        CancellationToken cancellationToken
    )
    {
        if (Refuse(reads.Room?.Value, offer.Principal.Token, reads.Revoked) is { } refused)
        {
            return (refused, null, null);
        }

        var room = reads.Room!.Value;
        var refusal = RoomDecider.CanJoin(room, clock.GetUtcNow());
        // Who takes their own seat again needs no other.
        if (refusal is not Refusal.None && !(refusal is Refusal.RoomFull && reads.Seat is not null))
        {
            return (new Problem(refusal), null, null);
        }

        if (await placer.FindAsync(room, reads.Placement, cancellationToken) is not { } home)
        {
            return (new Problem(Refusal.NoWorker) { RetryAfter = RetryWithoutWorker }, null, null);
        }

        var place = placer.Spread(home);

        var request = new AnswerRequest(
            session,
            participant,
            offer.Use,
            place.Place.Shard.Addresses,
            place.Place.Worker.Fingerprint,
            Previous: null
        );
        return Answerer.TryAnswer(request, offer.Description, chance, out var answer) is { } unanswerable
            ? (SdpProblems.Of(unanswerable), null, null)
            : (null, place, answer);
    }

    /// <summary>Says who comes in, as the shard is told.</summary>
    internal static ParticipantSpec ParticipantOf(ParticipantPrincipal principal, ParticipantId id) =>
        new(id, principal.Token.Identity, principal.Token.Name, principal.Token.Metadata, principal.Token.Grants);

    private SessionRow RowOf(SessionOffer offer, SessionId session, RoomPlace place, Answer answer) =>
        new(
            session,
            offer.Use,
            place.Placement.Worker,
            place.Place.Shard.Shard,
            place.Placement.Epoch,
            answer.Peer,
            answer.Sdp,
            offer.Hash,
            clock.GetUtcNow()
        );

    private async Task<bool> TryCommitAsync(
        SessionOffer offer,
        JoinReads reads,
        SessionRow row,
        RoomPlace place,
        CancellationToken cancellationToken
    )
    {
        var room = reads.Room!.Value;
        List<RowChange> changes =
        [
            RowChange.Insert(SessionRow.NameOf(row.Id), row, SessionsJsonContext.Default.SessionRow),
        ];
        List<OutgoingMessage> messages = [];
        if (place.Change is not null)
        {
            changes.Add(place.Change);
        }

        if (reads.SeatName is not null)
        {
            SeatRow mine = new(row.Id, row.Epoch) { Shard = row.Shard };
            var type = SessionsJsonContext.Default.SeatRow;
            changes.Add(
                reads.Seat is null
                    ? RowChange.Insert(reads.SeatName, mine, type)
                    : RowChange.Replace(reads.SeatName, mine, reads.Seat.ETag, type)
            );
        }

        // The older session first: in a full room it is its place that is taken.
        if (reads.Seat?.Value is { } older && older.Epoch == row.Epoch)
        {
            var shard = older.Shard ?? place.Placement.Shard;
            ClosePeer close = new(room.Id, shard, row.Epoch, older.Session, LeaveReason.Replaced);
            messages.Add(orders.To(row.Worker, close, offer.TraceParent));
        }

        AdmitPeer admit = new(room.Id, row.Shard, row.Epoch, room.ToSettings(), row.Peer)
        {
            Home = row.Shard == place.Placement.Shard ? null : place.Placement.Shard,
        };
        var order = orders.To(row.Worker, admit, offer.TraceParent);
        messages.Add(order with { Message = order.Message with { TimeToLive = OrderWorth } });
        var commit = await outbox.CommitAsync(
            Tables.Rooms,
            room.Id.Value,
            reads.Marker,
            changes,
            messages,
            cancellationToken
        );
        if (commit.Committed && reads.Seat is not null)
        {
            // Not in the transaction: the row may have gone by itself, and that is no conflict.
            await sessions.ForgetAsync(room.Id, reads.Seat.Value.Session, cancellationToken);
        }

        return commit.Committed;
    }

    private static bool IsSame(string one, string? other) => string.Equals(one, other, StringComparison.Ordinal);
}

/// <summary>An offer that is to be admitted.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Principal">Who offers.</param>
/// <param name="Use">Which endpoint took it.</param>
/// <param name="Description">The well-formed description.</param>
/// <param name="Hash">By which a repeated offer is known.</param>
/// <param name="TraceParent">The request behind it.</param>
internal sealed record SessionOffer(
    RoomId Room,
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
