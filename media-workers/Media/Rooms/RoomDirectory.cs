using EventMeet.Media.Ice;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>All rooms of an engine: carries orders out, and ends what has ended.</summary>
internal sealed class RoomDirectory(EngineContext context, PeerDirectory peers)
{
    // What fits a shard's memory many times over; placement sends it elsewhere long before.
    private const int MaxPeersPerEngine = 10_000;

    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly EndedRooms _ended = new();

    public int Count => _rooms.Count;

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

        if (_rooms.TryGetValue(parameters.Id, out var room) && room.Parameters.Epoch > parameters.Epoch)
        {
            return EngineRefusal.OldEpoch;
        }

        // A room that has ended here has said its last fact under that epoch; whoever comes late must be placed anew.
        if (room is null && _ended.Contains(parameters.Id, parameters.Epoch))
        {
            return EngineRefusal.OldEpoch;
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
        }

        if (room.Peers.Count >= parameters.MaxPeers)
        {
            room.ReportRefused(peer);
            return EngineRefusal.RoomFull;
        }

        room.Update(parameters);
        var admitted = new Peer(peer, room, context, now);
        peers.Add(admitted);
        room.Admit(admitted);
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

    public void CloseAll(LeaveReason reason, MonotonicTime now)
    {
        foreach (var room in _rooms.Values.ToArray())
        {
            End(room, reason, now);
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
    public void Settle(MonotonicTime now)
    {
        // What a room decides changes what peers are told, and a peer that leaves changes the room; each round does less.
        while (context.UnsettledRooms.Count + context.Unsettled.Count > 0)
        {
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
        }
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

    private void End(Room room, LeaveReason reason, MonotonicTime now)
    {
        foreach (var peer in room.Peers.ToArray())
        {
            Close(peer, reason, now);
        }

        room.ReportEmptied();
        _ended.Add(room.Parameters.Id, room.Parameters.Epoch);
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
