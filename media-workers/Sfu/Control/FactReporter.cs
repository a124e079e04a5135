using EventMeet.Contracts;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.WorkerHost;
using Facts = EventMeet.Contracts.Messages;

namespace EventMeet.Sfu.Control;

/// <summary>Says in the bus's words what the engines say in theirs.</summary>
internal sealed class FactReporter(FactOutbox outbox, WorkerIdentity worker, MonotonicClock clock)
{
    /// <summary>Reports a fact; from any shard's thread, never waits.</summary>
    public void Publish(RoomFact fact, MonotonicTime now)
    {
        var (at, tenant, room) = (
            clock.Origin + (now - MonotonicTime.Zero),
            new TenantId(fact.Tenant),
            new RoomId(fact.Room)
        );
        outbox.Publish(
            fact switch
            {
                ParticipantJoined joined => new Facts.ParticipantJoined(
                    worker.Id,
                    at,
                    tenant,
                    room,
                    fact.Epoch,
                    fact.Sequence,
                    new SessionId(joined.Session),
                    new ParticipantId(joined.Participant),
                    joined.Identity,
                    joined.Name
                ),
                ParticipantLeft left => new Facts.ParticipantLeft(
                    worker.Id,
                    at,
                    tenant,
                    room,
                    fact.Epoch,
                    fact.Sequence,
                    new SessionId(left.Session),
                    new ParticipantId(left.Participant),
                    left.Identity,
                    (Facts.LeaveReason)left.Reason
                ),
                TrackPublished published => new Facts.TrackPublished(
                    worker.Id,
                    at,
                    tenant,
                    room,
                    fact.Epoch,
                    fact.Sequence,
                    new SessionId(published.Session),
                    new ParticipantId(published.Participant),
                    new TrackId(published.Track),
                    (Facts.MediaKind)published.Kind,
                    (Facts.TrackSource)published.Source,
                    published.Codec
                ),
                TrackUnpublished unpublished => new Facts.TrackUnpublished(
                    worker.Id,
                    at,
                    tenant,
                    room,
                    fact.Epoch,
                    fact.Sequence,
                    new SessionId(unpublished.Session),
                    new ParticipantId(unpublished.Participant),
                    new TrackId(unpublished.Track)
                ),
                RoomEmptied => new Facts.RoomEmptied(worker.Id, at, tenant, room, fact.Epoch, fact.Sequence),
                _ => throw new ArgumentException($"No message says {fact.GetType().Name}.", nameof(fact)),
            }
        );
    }
}
