using EventMeet.Contracts;
using EventMeet.Functions.Hosting;
using EventMeet.Functions.Participants;
using EventMeet.Functions.Rooms;
using EventMeet.Functions.Sdp;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tokens;

namespace EventMeet.Functions.Sessions;

/// <summary>Signalling: offers in, answers out. Sessions, WHIP (RFC 9725) and WHEP are one thing under three URLs.</summary>
internal sealed class SessionFunctions(
    RoomDirectory rooms,
    Revocations revocations,
    SessionStore sessions,
    SessionAdmission admission,
    SessionUpdates updates,
    IceServers iceServers
)
{
    private const string Description = "application/sdp";
    private const string Fragment = "application/trickle-ice-sdpfrag";

    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        Endpoint("Sessions", "v1/rooms/{room}/sessions", SessionUse.Meet),
        Endpoint("Whip", "v1/whip/{room}", SessionUse.Publish),
        Endpoint("Whep", "v1/whep/{room}", SessionUse.Play),
        new HttpFunction(
            "Session",
            "v1/rooms/{room}/sessions/{session}",
            [
                new("GET", Access.Participant, services => Of(services).GetAsync),
                new("PATCH", Access.Participant, services => Of(services).PatchAsync)
                {
                    Accepts = [Fragment, Description],
                    MaxBody = BodyLimits.Sdp,
                },
                new("DELETE", Access.Participant, services => Of(services).DeleteAsync),
            ]
        )
        {
            OpenToBrowsers = true,
        },
    ];

    private static HttpFunction Endpoint(string name, string route, SessionUse use) =>
        new(
            name,
            route,
            [
                new(
                    "POST",
                    Access.Participant,
                    services => (call, cancellationToken) => Of(services).CreateAsync(call, use, cancellationToken)
                )
                {
                    Accepts = [Description],
                    MaxBody = BodyLimits.Sdp,
                },
                // RFC 9725 section 4.1: nothing to say, but no error either.
                new("GET", Access.Participant, _ => static (_, _) => Task.FromResult(Reply.Empty(204))),
            ]
        )
        {
            OpenToBrowsers = true,
        };

    private async Task<Reply> CreateAsync(HttpCall call, SessionUse use, CancellationToken cancellationToken)
    {
        if (await rooms.ResolveAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } room)
        {
            return Reply.Refused(Refusal.RoomNotFound);
        }

        if (SdpProblems.TryRead(call.Body, out var description) is { } unreadable)
        {
            return Reply.Refused(unreadable);
        }

        var hash = SessionRow.HashOf(call.Body.Span);
        SessionOffer offer = new(room, call.Participant, use, description!, hash, call.TraceParent);
        var admitted = await admission.AdmitAsync(offer, cancellationToken);
        return admitted.Session is { } session ? Created(room, session) : Reply.Refused(admitted.Problem!);
    }

    private Reply Created(RoomId room, SessionRow session)
    {
        var reply = Reply
            .Text(StatusCodes.Status201Created, Description, session.Answer)
            .With("Location", $"/v1/rooms/{room}/sessions/{session.Id}")
            .With("ETag", session.Tag);
        foreach (var server in iceServers.For(session.Peer.Participant.Identity))
        {
            foreach (var url in server.Urls)
            {
                // RFC 9725 section 4.6.
                var credentials = $"username=\"{server.Username}\"; credential=\"{server.Credential}\"";
                reply = reply.With(
                    "Link",
                    $"<{url}>; rel=\"ice-server\"; {credentials}; credential-type=\"{server.CredentialType}\""
                );
            }
        }

        return reply;
    }

    private async Task<Reply> GetAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, room, found) = await FindAsync(call, cancellationToken);
        return refused is not null ? refused
            : found is null ? Reply.Refused(Refusal.SessionNotFound)
            : !await updates.StandsAsync(room!, found.Value, cancellationToken) ? SessionUpdates.Gone()
            : call.Knows(found.Value.Tag) ? Reply.Empty(StatusCodes.Status304NotModified).With("ETag", found.Value.Tag)
            : SessionUpdates.AnswerOf(found.Value);
    }

    private async Task<Reply> PatchAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, room, found) = await FindAsync(call, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        if (found is null)
        {
            return Reply.Refused(Refusal.SessionNotFound);
        }

        return string.Equals(call.MediaType, Fragment, StringComparison.Ordinal)
            ? await updates.TrickleAsync(call, room!, found, cancellationToken)
            : await updates.OfferAsync(call, room!, found, cancellationToken);
    }

    private async Task<Reply> DeleteAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var (refused, room, found) = await FindAsync(call, cancellationToken);
        return refused ?? await updates.DeleteAsync(call, room!, found, cancellationToken);
    }

    private async Task<(Reply? Refused, Room? Room, Row<SessionRow>? Session)> FindAsync(
        HttpCall call,
        CancellationToken cancellationToken
    )
    {
        if (await rooms.ResolveAsync(call.Tenant, call.Route("room"), cancellationToken) is not { } id)
        {
            return (Reply.Refused(Refusal.RoomNotFound), null, null);
        }

        var token = call.Participant.Token;
        var reading = rooms.FindAsync(call.Tenant, id, cancellationToken);
        var revoked = revocations.IsRevokedAsync(id, token, cancellationToken);
        var session = sessions.FindAsync(id, call.Route("session"), cancellationToken);
        await Task.WhenAll(reading, revoked, session);
        var room = (await reading)?.Value;
        if (SessionAdmission.Refuse(room, token, await revoked) is { } problem)
        {
            return (Reply.Refused(problem), null, null);
        }

        // Somebody else's session is none; a fresh token of the same identity will do.
        var found = await session;
        var identity = found?.Value.Peer.Participant.Identity;
        return (null, room, string.Equals(identity, token.Identity, StringComparison.Ordinal) ? found : null);
    }

    private static SessionFunctions Of(IServiceProvider services) => services.GetRequiredService<SessionFunctions>();
}
