using EventMeet.Media.Ice;
using EventMeet.Media.Links;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>All rooms of an engine: carries orders out, and ends what has ended.</summary>
internal sealed class RoomDirectory(EngineContext context, PeerDirectory peers)
{
    // What fits a shard's memory many times over; placement sends it elsewhere long before.
    private const int MaxPeersPerEngine = 10_000;

    // A recording and the one that takes over from it, and a few more.
    private const int MaxRelaysPerRoom = 8;

    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);

    private readonly EndedIds _ended = new();
    private readonly EndedIds _endedRelays = new();

    public int Count => _rooms.Count;

    /// <summary>Gets the relays of all rooms, and those that say their last words.</summary>
    public RelayDirectory Relays { get; } = new(context);

    /// <summary>Gets what joins rooms with their parts on other shards.</summary>
    public LinkDirectory Links { get; } = new(context);

    public EngineRefusal AdmitPeer(RoomParameters parameters, PeerParameters peer, MonotonicTime now)
    {
        if (!IsUsable(peer))
        {
            return EngineRefusal.Malformed;
        }

        if (peers.Count >= MaxPeersPerEngine)
        {
            return EngineRefusal.EngineFull;
        }

        if (!peers.IsFree(peer.Ice.LocalUfrag))
        {
            return EngineRefusal.UfragTaken;
        }

        var refusal = TryMakeRoom(parameters, now, out var room);
        if (refusal is not EngineRefusal.None)
        {
            return refusal;
        }

        room.Update(parameters with { HomeShard = room.Parameters.HomeShard });
        if (room.IsFull)
        {
            room.HandleRefused(peer.Session, peer.Participant);
            return EngineRefusal.RoomFull;
        }

        var admitted = new Peer(peer, room, context, now);
        peers.Add(admitted);
        room.Admit(admitted);
        return EngineRefusal.None;
    }

    public EngineRefusal OpenRelay(RoomParameters parameters, RelayParameters relay, MonotonicTime now)
    {
        if (relay.Id.Length == 0 || relay.Addresses.Count is 0 or > RelayProtocol.MaxAddresses)
        {
            return EngineRefusal.Malformed;
        }

        if (_endedRelays.Contains(relay.Id, parameters.Epoch))
        {
            return EngineRefusal.RelayEnded;
        }

        var refusal = TryMakeRoom(parameters, now, out var room);
        if (refusal is not EngineRefusal.None)
        {
            return refusal;
        }

        // Only the home has the whole room.
        if (!room.IsHome)
        {
            return EngineRefusal.OtherHome;
        }

        if (room.Relays.Exists(each => string.Equals(each.Id, relay.Id, StringComparison.Ordinal)))
        {
            return EngineRefusal.None;
        }

        foreach (var former in room.Relays.Where(each => DoesTheSame(each, relay)).ToArray())
        {
            End(former, RelayEnd.Replaced, now);
        }

        if (Relays.IsFull || room.Relays.Count >= MaxRelaysPerRoom)
        {
            return EngineRefusal.TooManyRelays;
        }

        room.Add(Relays.Add(relay, room, now));
        return EngineRefusal.None;
    }

    public EngineRefusal UpdateRelay(string room, long epoch, string relay, bool paused, MonotonicTime now)
    {
        var refusal = TryFindRelay(room, epoch, relay, out var found);
        if (refusal is EngineRefusal.None && found.SetPaused(paused, now))
        {
            found.Room.HandlePaused(found);
        }

        return refusal;
    }

    public EngineRefusal CloseRelay(string room, long epoch, string relay, MonotonicTime now)
    {
        var refusal = TryFindRelay(room, epoch, relay, out var found);
        if (refusal is EngineRefusal.OldEpoch)
        {
            return refusal;
        }

        _endedRelays.Add(relay, epoch);
        if (refusal is EngineRefusal.None)
        {
            End(found, RelayEnd.Closed, now);
        }

        return EngineRefusal.None;
    }

    public EngineRefusal UpdatePeer(string room, long epoch, PeerParameters parameters, MonotonicTime now)
    {
        var refusal = TryFind(room, epoch, parameters.Session, out var peer);
        if (refusal is not EngineRefusal.None)
        {
            return refusal;
        }

        if (!IsUsable(parameters))
        {
            return EngineRefusal.Malformed;
        }

        if (parameters.Revision <= peer.Parameters.Revision)
        {
            return EngineRefusal.OldRevision;
        }

        if (!peers.IsFree(parameters.Ice.LocalUfrag, peer))
        {
            return EngineRefusal.UfragTaken;
        }

        peers.AddUfrag(parameters.Ice.LocalUfrag, peer);
        peer.Update(parameters, now);
        peers.TakeIceEvents(peer);
        return EngineRefusal.None;
    }

    public EngineRefusal ClosePeer(string room, long epoch, string session, LeaveReason reason, MonotonicTime now)
    {
        var refusal = TryFind(room, epoch, session, out var peer);
        switch (refusal)
        {
            case EngineRefusal.None:
                Close(peer, reason, now);
                return EngineRefusal.None;
            case EngineRefusal.UnknownSession:
                // It may be on another shard, where a branch of the room is.
                _rooms[room].FindBySession(session)?.LeaveBecause(reason);
                return EngineRefusal.None;
            case EngineRefusal.OldEpoch:
                return refusal;
            default:
                return EngineRefusal.None;
        }
    }

    public EngineRefusal CloseRoom(string id, long epoch, LeaveReason reason, MonotonicTime now)
    {
        if (!_rooms.TryGetValue(id, out var room))
        {
            return EngineRefusal.None;
        }

        if (room.Parameters.Epoch > epoch)
        {
            return EngineRefusal.OldEpoch;
        }

        End(room, reason, now);
        return EngineRefusal.None;
    }

    /// <summary>Takes what another engine says of a room that both have a part in.</summary>
    public void HandleLinkMessage(int shard, LinkMessage message, MonotonicTime now)
    {
        if (message is LinkOpened opened)
        {
            Accept(shard, opened, now);
        }
        else if (Links.TryFind(message.Link, out var link))
        {
            if (message is LinkClosed closed)
            {
                Links.Remove(link);
                TakeOut(link, closed.Reason, now);
            }
            else
            {
                link.Handle(message, now);
            }
        }
    }

    public void CloseAll(LeaveReason reason, MonotonicTime now)
    {
        foreach (var room in _rooms.Values.ToArray())
        {
            End(room, reason, now);
        }

        // Nobody will be there to repeat the last words.
        foreach (var relay in Relays.All.ToArray())
        {
            relay.CloseNow(RelayEnd.Moved, now);
        }
    }

    /// <summary>Lets time pass for the rooms; the peers have their own turn.</summary>
    public void Advance(MonotonicTime now)
    {
        List<Room>? ended = null;
        foreach (var room in _rooms.Values)
        {
            room.Advance(now);
            if (now >= room.EmptyDeadline)
            {
                (ended ??= []).Add(room);
            }
            else
            {
                context.WakeAt(room.NextTimeout);
            }
        }

        ended?.ForEach(room => End(room, LeaveReason.Left, now));
    }

    /// <summary>Does everything that the inputs of this turn have left to do, until nothing is left.</summary>
    /// <returns>False when there was nothing to settle.</returns>
    public bool TrySettle(MonotonicTime now)
    {
        var settled = false;
        // What a room decides changes what peers are told, and a peer that leaves changes the room; each round does less.
        while (
            context.UnsettledRooms.Count
                + context.Unsettled.Count
                + context.UnsettledRelays.Count
                + context.UnsettledLinks.Count
            > 0
        )
        {
            settled = true;
            while (context.UnsettledRooms.TryDequeue(out var room))
            {
                room.Settle(now);
            }

            while (context.Unsettled.TryDequeue(out var peer))
            {
                peer.Settle(now);
                if (peer.Leaving is { } reason && !peer.IsClosed)
                {
                    Close(peer, reason, now);
                }
            }

            while (context.UnsettledRelays.TryDequeue(out var relay))
            {
                Settle(relay, now);
            }

            while (context.UnsettledLinks.TryDequeue(out var link))
            {
                Settle(link, now);
            }
        }

        Links.Flush();
        return settled;
    }

    private static bool DoesTheSame(Relay relay, RelayParameters other) =>
        relay.Parameters.Notice is { } notice
        && string.Equals(notice.Recording, other.Notice?.Recording, StringComparison.Ordinal);

    private static RelayEnd ToRelays(LeaveReason reason) =>
        reason is LeaveReason.ConnectionLost or LeaveReason.WorkerStopping ? RelayEnd.Moved : RelayEnd.RoomEnded;

    // The room that an order is about, made if need be.
    private EngineRefusal TryMakeRoom(RoomParameters parameters, MonotonicTime now, out Room room)
    {
        room = null!;
        var home = parameters.HomeShard == context.Shard ? null : parameters.HomeShard;
        if (home is { } shard && !Links.Knows(shard))
        {
            return EngineRefusal.UnknownHome;
        }

        if (RoomFor(parameters with { HomeShard = home }, now) is not { } found)
        {
            return EngineRefusal.OldEpoch;
        }

        room = found;
        return room.Parameters.HomeShard == home ? EngineRefusal.None : EngineRefusal.OtherHome;
    }

    // Null when the order is of an epoch that is over.
    private Room? RoomFor(RoomParameters parameters, MonotonicTime now)
    {
        if (_rooms.TryGetValue(parameters.Id, out var room) && room.Parameters.Epoch > parameters.Epoch)
        {
            return null;
        }

        // A room that has ended here has said its last fact under that epoch; whoever comes late must be placed anew.
        if (room is null && _ended.Contains(parameters.Id, parameters.Epoch))
        {
            return null;
        }

        if (room is not null && room.Parameters.Epoch < parameters.Epoch)
        {
            End(room, LeaveReason.ConnectionLost, now);
            room = null;
        }

        if (room is null)
        {
            room = new Room(parameters, context, now);
            _rooms.Add(parameters.Id, room);
            if (parameters.HomeShard is { } home)
            {
                room.Links.Add(Links.Open(home, room));
            }
        }

        return room;
    }

    private static bool IsUsable(PeerParameters peer) =>
        IceCredentials.AreValid(peer.Ice.LocalUfrag, peer.Ice.LocalPwd)
        && IceCredentials.AreValid(peer.Ice.RemoteUfrag, peer.Ice.RemotePwd);

    private EngineRefusal TryFind(string id, long epoch, string session, out Peer peer)
    {
        peer = null!;
        if (!_rooms.TryGetValue(id, out var room))
        {
            return EngineRefusal.UnknownRoom;
        }

        if (room.Parameters.Epoch > epoch)
        {
            return EngineRefusal.OldEpoch;
        }

        peer = room.Peers.Find(each => string.Equals(each.Session, session, StringComparison.Ordinal))!;
        return peer is null ? EngineRefusal.UnknownSession : EngineRefusal.None;
    }

    private EngineRefusal TryFindRelay(string id, long epoch, string relayId, out Relay relay)
    {
        relay = null!;
        if (!_rooms.TryGetValue(id, out var room))
        {
            return EngineRefusal.UnknownRoom;
        }

        if (room.Parameters.Epoch > epoch)
        {
            return EngineRefusal.OldEpoch;
        }

        relay = room.Relays.Find(each => string.Equals(each.Id, relayId, StringComparison.Ordinal))!;
        return relay is null ? EngineRefusal.UnknownRelay : EngineRefusal.None;
    }

    // A relay may end by itself: the receiving end has gone, or is silent.
    private void Settle(Relay relay, MonotonicTime now)
    {
        relay.Settle(now);
        if (relay.End is not null)
        {
            TakeOut(relay);
        }

        if (relay.IsFinished && Relays.TryRemove(relay))
        {
            context.Report(relay);
        }
    }

    // A branch on another shard begins.
    private void Accept(int shard, LinkOpened opened, MonotonicTime now)
    {
        if (TryMakeRoom(opened.Room, now, out var room) is not EngineRefusal.None || !room.IsHome)
        {
            Links.Refuse(shard, opened.Link, LeaveReason.ConnectionLost);
            return;
        }

        room.Update(opened.Room);
        var link = Links.Accept(shard, opened.Link, room);
        room.Links.Add(link);
        link.TellAll();
    }

    private void Settle(Link link, MonotonicTime now)
    {
        link.Settle();
        if (link.IsLost && Links.TryFind(link.Id, out _))
        {
            Links.Close(link, LeaveReason.ConnectionLost);
            TakeOut(link, LeaveReason.ConnectionLost, now);
        }
    }

    // Without its link a branch is over; a home goes on without those who were there.
    private void TakeOut(Link link, LeaveReason reason, MonotonicTime now)
    {
        _ = link.Room.Links.Remove(link);
        if (link.IsHome)
        {
            link.RemoveAll(LeaveReason.ConnectionLost, now);
        }
        else
        {
            End(link.Room, reason, now);
        }
    }

    private void CloseLinks(Room room, LeaveReason reason, MonotonicTime now)
    {
        foreach (var link in room.Links.ToArray())
        {
            _ = room.Links.Remove(link);
            Links.Close(link, reason);
            if (link.IsHome)
            {
                link.RemoveAll(reason, now);
            }
        }
    }

    private void End(Relay relay, RelayEnd reason, MonotonicTime now)
    {
        relay.Close(reason, now);
        TakeOut(relay);
    }

    private void TakeOut(Relay relay)
    {
        if (relay.Room.TryRemove(relay))
        {
            _endedRelays.Add(relay.Id, relay.Room.Parameters.Epoch);
        }
    }

    private void End(Room room, LeaveReason reason, MonotonicTime now)
    {
        if (room.IsHome)
        {
            CloseLinks(room, reason, now);
        }

        foreach (var peer in room.Peers.ToArray())
        {
            Close(peer, reason, now);
        }

        foreach (var relay in room.Relays.ToArray())
        {
            End(relay, ToRelays(reason), now);
        }

        if (room.IsHome)
        {
            room.ReportEmptied();
            _ended.Add(room.Parameters.Id, room.Parameters.Epoch);
        }
        else
        {
            CloseLinks(room, reason, now);
        }

        _ = _rooms.Remove(room.Parameters.Id);
    }

    private void Close(Peer peer, LeaveReason reason, MonotonicTime now)
    {
        if (InCallNames.ToSelf(reason) is { } told)
        {
            RoomAnnouncer.Tell(peer, new Removed(told));
        }

        peer.Close(now);
        peers.Remove(peer);
        peer.Room.Remove(peer, reason, now);
        peer.Dispose();
    }
}
