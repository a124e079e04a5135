using EventMeet.Contracts.Messages;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sdp;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Sessions;

/// <summary>The session's later requests: next offers, trickled candidates, ICE restarts, the end.</summary>
internal sealed class SessionUpdates(
    RoomDirectory rooms,
    WorkerDirectory workers,
    SessionStore sessions,
    Outbox outbox,
    WorkerOrders orders,
    AnswerChance chance,
    TimeProvider clock
)
{
    private const string Fragment = "application/trickle-ice-sdpfrag";
    private const string Description = "application/sdp";

    /// <summary>Answers the session's next offer (If-Match names the revision it continues).</summary>
    public async Task<Reply> OfferAsync(
        HttpCall call,
        Room room,
        Row<SessionRow> found,
        CancellationToken cancellationToken
    )
    {
        var session = found.Value;
        var hash = SessionRow.HashOf(call.Body.Span);
        var match = IfMatch.Of(call, session.Tag);
        if (match is MatchKind.Differs && IsRepeated(call, session, hash))
        {
            return AnswerOf(session);
        }

        if (Refuse(match) is { } refused)
        {
            return refused;
        }

        if (SdpProblems.TryRead(call.Body, out var description) is { } unreadable)
        {
            return Reply.Refused(unreadable);
        }

        if (await FindPlaceAsync(room, session, cancellationToken) is not { } place)
        {
            return Gone();
        }

        var participant = SessionAdmission.ParticipantOf(call.Participant, session.Peer.Participant.Id);
        AnswerRequest request = new(
            session.Id,
            participant,
            session.Use,
            place.Shard.Addresses,
            place.Worker.Fingerprint,
            PreviousOf(session)
        );
        if (Answerer.TryAnswer(request, description!, chance, out var answer) is { } unanswerable)
        {
            return Reply.Refused(SdpProblems.Of(unanswerable));
        }

        var next = session with { Peer = answer!.Peer, Answer = answer.Sdp, OfferHash = hash, At = clock.GetUtcNow() };
        return await TryReplaceAsync(call, room, found, next, cancellationToken)
            ? AnswerOf(next)
            : Reply.Refused(Refusal.PreconditionFailed);
    }

    /// <summary>Takes candidates, which an ICE-lite peer has no use for, or restarts ICE (RFC 9725 section 4.3).</summary>
    public async Task<Reply> TrickleAsync(
        HttpCall call,
        Room room,
        Row<SessionRow> found,
        CancellationToken cancellationToken
    )
    {
        var session = found.Value;
        var match = IfMatch.Of(call, session.Tag);
        if (Refuse(match) is { } refused)
        {
            return refused;
        }

        if (SdpProblems.TryDecode(call.Body) is not { } text)
        {
            return Reply.Refused(Refusal.SdpMalformed, "The body is not UTF-8.");
        }

        if (IceFragment.TryRead(text, out var fragment) is { } malformed)
        {
            return Reply.Refused(SdpProblems.Of(malformed));
        }

        if (fragment!.IsOf(session.Peer.Ice))
        {
            return Reply.Empty(StatusCodes.Status204NoContent);
        }

        if (match is not MatchKind.Any)
        {
            return Reply.Refused(
                Refusal.SdpUnusable,
                "The fragment's ufrag or pwd is not this session's; to restart ICE send If-Match: \"*\"."
            );
        }

        if (await FindPlaceAsync(room, session, cancellationToken) is null)
        {
            return Gone();
        }

        if (IceRestart.TryApply(PreviousOf(session), fragment, chance, out var answer) is { } incomplete)
        {
            return Reply.Refused(SdpProblems.Of(incomplete));
        }

        var next = session with { Peer = answer!.Peer, Answer = answer.Sdp, At = clock.GetUtcNow() };
        return await TryReplaceAsync(call, room, found, next, cancellationToken)
            ? Reply
                .Text(StatusCodes.Status200OK, Fragment, IceFragment.Write(Parse(next.Answer)))
                .With("ETag", next.Tag)
            : Reply.Refused(Refusal.ConcurrentChange);
    }

    /// <summary>Ends the session; one that is gone already has ended too.</summary>
    public async Task<Reply> DeleteAsync(
        HttpCall call,
        Room room,
        Row<SessionRow>? found,
        CancellationToken cancellationToken
    )
    {
        if (found?.Value is not { } session)
        {
            return Reply.Empty(StatusCodes.Status200OK);
        }

        if (call.CheckIfMatch(session.Tag, required: false) is var changed and not Refusal.None)
        {
            return Reply.Refused(changed);
        }

        ClosePeer close = new(room.Id, session.Shard, session.Epoch, session.Id, LeaveReason.Left);
        var delete = RowChange.Delete(SessionRow.NameOf(session.Id), found.ETag);
        var order = orders.To(session.Worker, close, call.TraceParent);
        var commit = await outbox.CommitAsync(Tables.Rooms, room.Id.Value, [delete], [order], cancellationToken);
        if (!commit.Committed)
        {
            // It changed or ended at this moment; asking again finds out which.
            return Reply.Refused(Refusal.ConcurrentChange);
        }

        var seat = SeatRow.NameOf(session.Use, session.Peer.Participant.Identity);
        await sessions.FreeSeatAsync(room.Id, seat, session.Id, cancellationToken);
        return Reply.Empty(StatusCodes.Status200OK);
    }

    /// <summary>
    /// Says whether the session's shard may still have it. A client whose media fell silent asks this, to come back at once
    /// when the worker was lost; silence of the bus alone ends no session.
    /// </summary>
    public async Task<bool> StandsAsync(Room room, SessionRow session, CancellationToken cancellationToken) =>
        (await rooms.FindPlacementAsync(room.Id, cancellationToken))?.Value is { Vacant: false } placement
        && placement.Epoch == session.Epoch
        && await workers.IsKnownAsync(session.Worker, cancellationToken);

    /// <summary>Gives the last answer with its revision.</summary>
    public static Reply AnswerOf(SessionRow session) =>
        Reply.Text(StatusCodes.Status200OK, Description, session.Answer).With("ETag", session.Tag);

    // The reply to the last offer was lost: its If-Match names the revision before.
    private static bool IsRepeated(HttpCall call, SessionRow session, string hash) =>
        string.Equals(session.OfferHash, hash, StringComparison.Ordinal)
        && IfMatch.Of(call, SessionRow.TagOf(session.Peer.Revision - 1)) is MatchKind.Same;

    private static Reply? Refuse(MatchKind match) =>
        match switch
        {
            MatchKind.Absent => Reply.Refused(Refusal.PreconditionRequired),
            MatchKind.Differs => Reply.Refused(Refusal.PreconditionFailed),
            _ => null,
        };

    /// <summary>The session went with its shard.</summary>
    public static Reply Gone() =>
        Reply.Refused(Refusal.SessionNotFound, "Its shard does not have it any more; post a new offer to the room.");

    private async Task<Place?> FindPlaceAsync(Room room, SessionRow session, CancellationToken cancellationToken)
    {
        var placement = (await rooms.FindPlacementAsync(room.Id, cancellationToken))?.Value;
        return placement?.Epoch == session.Epoch
            ? PlacementDecider.Current(
                placement with
                {
                    Shard = session.Shard,
                },
                await workers.ListAsync(cancellationToken),
                clock.GetUtcNow()
            )
            : null;
    }

    private async Task<bool> TryReplaceAsync(
        HttpCall call,
        Room room,
        Row<SessionRow> found,
        SessionRow next,
        CancellationToken cancellationToken
    )
    {
        UpdatePeer update = new(room.Id, next.Shard, next.Epoch, next.Peer);
        var type = SessionsJsonContext.Default.SessionRow;
        var replace = RowChange.Replace(SessionRow.NameOf(next.Id), next, found.ETag, type);
        var order = orders.To(next.Worker, update, call.TraceParent);
        var commit = await outbox.CommitAsync(Tables.Rooms, room.Id.Value, [replace], [order], cancellationToken);
        return commit.Committed;
    }

    private static PreviousAnswer PreviousOf(SessionRow session) => new(Parse(session.Answer), session.Peer);

    private static SdpDescription Parse(string answer) =>
        SdpReader.TryRead(answer, out var description) is { } refusal
            ? throw new InvalidOperationException($"A stored answer cannot be read: {refusal.Detail}")
            : description!;
}
