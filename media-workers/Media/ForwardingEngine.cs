using EventMeet.Media.Dtls;
using EventMeet.Media.Links;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media;

/*  The life of a packet, told once. The numbers stand at their places below, in PacketForwarder, FanOut and PacketSender.

     1. Classify the first byte (RFC 7983).                           Packets/DatagramClassifier
     2. Find the peer: by address; a STUN message by its ufrag.       PeerDirectory
        What no peer sent may be RTCP of a relay, by its SSRC.        Relays/RelayDirectory
     3. View the header: decrypting needs its length.                 Rtp/RtpHeader
     4. Authenticate and decrypt; before that nothing is believed.    Srtp/SrtpReceiver
     5. Find the track and its layer: by SSRC, else MID and RID.      Peers/PeerReception
     6. Note the arrival for transport-wide feedback.                 Feedback/TransportFeedbackRecorder
     7. One that was here before goes no further.                     Rooms/Layer
        Note the gaps that this packet reveals or closes.             Feedback/NackTracker
     8. Keep the plain text: subscribers are sent from there.         Feedback/PacketCache
        Hand it to the shards that have branches of the room.         Links/Link
        Wait for the picture's other packets, 2 ms at most.           Rooms/GatheredFrame
     9. Per group of slots, when the turn is drained, and per slot:   FanOut
        is this layer wanted, does a switch happen here?              Rooms/Slot
    10. Rewrite numbers, ids and header; make packets equal.          Rtp/SlotRewriter, Rtp/SlotHeader, PacketSender
    11. Encrypt into the subscriber's train.                          Srtp/SrtpSender, Packets/TrainYard
    12. Hand out the trains when the turn ends.                       TryTakeTransmit
*/

/// <summary>
/// Forwards media between the peers of many rooms: one shard's whole work, without any input or output of its own.
/// Every input carries the time; after each one, take all transmits and facts before the next. Not thread-safe: one
/// engine belongs to one thread.
/// </summary>
public sealed class ForwardingEngine : IDisposable
{
    // Timers are kept to about this: work that is due is done together.
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(5);

    private readonly EngineContext _context;
    private readonly PeerDirectory _peers = new();
    private readonly RoomDirectory _rooms;
    private readonly PacketForwarder _forwarder;
    private readonly RtcpInput _rtcp;
    private readonly HandshakeQueue _handshakes = new();
    private MonotonicTime _nextTick = MonotonicTime.Zero;

    /// <summary>Initializes a new instance of the <see cref="ForwardingEngine"/> class.</summary>
    /// <param name="identity">The certificate that every peer is shown; must outlive the engine.</param>
    /// <param name="origin">The time of day at <see cref="MonotonicTime.Zero"/>.</param>
    /// <param name="options">How packets become trains; the defaults when null.</param>
    /// <param name="shard">Which of its worker's engines it is, from 0.</param>
    public ForwardingEngine(
        DtlsIdentity identity,
        DateTimeOffset origin,
        ForwardingOptions? options = null,
        int shard = 0
    )
    {
        _context = new EngineContext(identity, origin, options ?? new ForwardingOptions(), shard);
        _rooms = new RoomDirectory(_context, _peers);
        _forwarder = new PacketForwarder(_context);
        _rtcp = new RtcpInput(_context, _forwarder);
    }

    /// <summary>Gets when to call <see cref="Advance"/>; never when there is nothing to wait for.</summary>
    // Deadlines that are nearly due are left for the next tick, so that ticks do not crowd.
    public MonotonicTime NextTimeout =>
        MonotonicTime.Soonest(
            MonotonicTime.Soonest(_forwarder.NextTimeout, _handshakes.NextTimeout),
            _context.WakeTime > _nextTick ? _context.WakeTime : _nextTick
        );

    /// <summary>Gets a value indicating whether handshakes wait for <see cref="Advance"/>: a loop should not rest.</summary>
    public bool HandshakesWait => _handshakes.NextTimeout != MonotonicTime.Never;

    /// <summary>Gets how many rooms there are.</summary>
    public int RoomCount => _rooms.Count;

    /// <summary>Gets how many relays there are, those that say their last words included.</summary>
    public int RelayCount => _rooms.Relays.All.Count;

    /// <summary>Gets how many links to other engines there are.</summary>
    public int LinkCount => _rooms.Links.Count;

    /// <summary>Gets how many peers there are, connected or not.</summary>
    public int PeerCount => _peers.Count;

    /// <summary>Gets datagrams taken since the start.</summary>
    public long PacketsIn { get; private set; }

    /// <summary>Gets bytes taken since the start.</summary>
    public long BytesIn { get; private set; }

    /// <summary>Gets datagrams handed out since the start.</summary>
    public long PacketsOut { get; private set; }

    /// <summary>Gets bytes handed out since the start.</summary>
    public long BytesOut { get; private set; }

    /// <summary>Gets packets taken from other engines since the start.</summary>
    public long PacketsLinked { get; private set; }

    /// <summary>Gets bytes of padding sent to make packets equal, since the start.</summary>
    public long PaddingOut => _forwarder.PaddingBytes;

    /// <summary>Lists why datagrams were refused, and how often; may be called from any thread.</summary>
    public IEnumerable<KeyValuePair<string, long>> DescribeFaults() => _context.Faults.Describe();

    /// <summary>Makes a peer, and its room if that is not there yet.</summary>
    public EngineRefusal AdmitPeer(RoomParameters room, PeerParameters peer, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.AdmitPeer(room, peer, now);
    }

    /// <summary>Begins to send a room's tracks over a relay; makes the room if it is not there yet.</summary>
    public EngineRefusal OpenRelay(RoomParameters room, RelayParameters relay, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.OpenRelay(room, relay, now);
    }

    /// <summary>Pauses a relay, or lets it go on.</summary>
    public EngineRefusal UpdateRelay(string room, long epoch, string relay, bool paused, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.UpdateRelay(room, epoch, relay, paused, now);
    }

    /// <summary>Ends a relay; one that is not there is no error, and will not begin any more.</summary>
    public EngineRefusal CloseRelay(string room, long epoch, string relay, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.CloseRelay(room, epoch, relay, now);
    }

    /// <summary>Takes a session's next revision.</summary>
    public EngineRefusal UpdatePeer(string room, long epoch, PeerParameters peer, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.UpdatePeer(room, epoch, peer, now);
    }

    /// <summary>Ends a peer; one that is not there is no error.</summary>
    public EngineRefusal ClosePeer(string room, long epoch, string session, LeaveReason reason, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.ClosePeer(room, epoch, session, reason, now);
    }

    /// <summary>Ends a room and every peer in it; one that is not there is no error.</summary>
    public EngineRefusal CloseRoom(string room, long epoch, LeaveReason reason, MonotonicTime now)
    {
        _context.Now = now;
        return _rooms.CloseRoom(room, epoch, reason, now);
    }

    /// <summary>Ends everything.</summary>
    public void CloseAll(LeaveReason reason, MonotonicTime now)
    {
        _context.Now = now;
        _rooms.CloseAll(reason, now);
    }

    /// <summary>Takes a datagram.</summary>
    /// <param name="datagram">What came; it is decrypted in place.</param>
    /// <param name="remote">Where from.</param>
    /// <param name="now">The time.</param>
    public void HandleDatagram(Span<byte> datagram, TransportAddress remote, MonotonicTime now) =>
        HandleDatagram(datagram, remote, arrivedAt: now, now);

    /// <summary>Takes a datagram that has waited.</summary>
    /// <param name="datagram">What came; it is decrypted in place.</param>
    /// <param name="remote">Where from.</param>
    /// <param name="arrivedAt">When it came: round trips, jitter and feedback are measured by that.</param>
    /// <param name="now">The time.</param>
    public void HandleDatagram(Span<byte> datagram, TransportAddress remote, MonotonicTime arrivedAt, MonotonicTime now)
    {
        (_context.ArrivedAt, _context.Now) = (arrivedAt, now);
        PacketsIn++;
        BytesIn += datagram.Length;
        _ = _context.Faults.Count(Handle(datagram, remote, now));
    }

    /// <summary>Says how to reach another engine of the worker; before the first order, and at both engines.</summary>
    /// <param name="shard">The other engine's shard.</param>
    /// <param name="outlet">The way there.</param>
    public void Connect(int shard, ILinkOutlet outlet) => _rooms.Links.Connect(shard, outlet);

    /// <summary>Takes a message of another engine.</summary>
    /// <param name="shard">The other engine's shard.</param>
    /// <param name="message">What its outlet to this one was given.</param>
    /// <param name="now">The time.</param>
    public void HandleLinkMessage(int shard, LinkMessage message, MonotonicTime now)
    {
        _context.Now = now;
        _rooms.HandleLinkMessage(shard, message, now);
    }

    /// <summary>Takes a packet of another engine.</summary>
    /// <param name="shard">The other engine's shard.</param>
    /// <param name="layer">What that engine calls the layer.</param>
    /// <param name="index">The packet's unwrapped sequence number.</param>
    /// <param name="packet">Header and payload, decrypted; not kept.</param>
    /// <param name="now">The time.</param>
    public void HandleLinkedPacket(
        int shard,
        int layer,
        PacketIndex index,
        ReadOnlySpan<byte> packet,
        MonotonicTime now
    )
    {
        _context.Now = now;
        PacketsLinked++;
        _ = _context.Faults.Count(
            _rooms.Links.TryFindLayer(shard, layer, out var found)
                ? _forwarder.HandleLinked(found, packet, index, now)
                : PacketFault.LinkUnknownLayer
        );
    }

    /// <summary>Has a peer shown that it is at this address?</summary>
    public bool Knows(TransportAddress remote) => _peers.TryFind(remote, out _);

    /// <summary>An ICE-TCP connection has ended: nothing more is sent there. Its peer may come back by another.</summary>
    public void HandleDisconnected(TransportAddress remote, MonotonicTime now)
    {
        _context.Now = now;
        _peers.Forget(remote);
    }

    /// <summary>Lets time pass: everything that is due is done, and one step of one handshake.</summary>
    public void Advance(MonotonicTime now)
    {
        _context.Now = now;
        _forwarder.Advance(now);
        if (now >= _nextTick && now >= _context.WakeTime)
        {
            Tick(now);
        }

        _handshakes.Advance(now);
    }

    /// <summary>Takes the next train. Call until false after every input.</summary>
    /// <param name="transmit">Valid until a train of the next group is taken; see <see cref="Transmit.EndsGroup"/>.</param>
    public bool TryTakeTransmit(out Transmit transmit)
    {
        while (!_context.Yard.TryTake(out transmit))
        {
            // Media first; what it has caused is settled when all of it has left.
            if (!_forwarder.TryForwardGroup(_context.Now) && !_rooms.TrySettle(_context.Now))
            {
                return false;
            }
        }

        BytesOut += transmit.Data.Length;
        PacketsOut += (transmit.Data.Length + transmit.SegmentSize - 1) / transmit.SegmentSize;
        return true;
    }

    /// <summary>Takes the next fact.</summary>
    public bool TryTakeFact(out RoomFact fact) => _context.Facts.TryDequeue(out fact!);

    /// <summary>Takes the next relay's end.</summary>
    public bool TryTakeRelayReport(out RelayReport report) => _context.RelayReports.TryDequeue(out report!);

    /// <inheritdoc/>
    public void Dispose()
    {
        _rooms.Relays.Dispose();
        foreach (var peer in _peers.All)
        {
            peer.Dispose();
        }
    }

    private void Tick(MonotonicTime now)
    {
        _nextTick = now + TickInterval;
        _context.WakeTime = MonotonicTime.Never;
        _rooms.Advance(now);
        foreach (var peer in _peers.All)
        {
            if (now >= peer.DueAt)
            {
                AdvancePeer(peer, now);
            }

            _context.WakeAt(peer.DueAt);
        }

        _rooms.Relays.Advance(now);
    }

    // What makes something due earlier says so (WakeAt); all else is looked up here and not at every tick.
    private void AdvancePeer(Peer peer, MonotonicTime now)
    {
        if (now >= peer.NextTimeout)
        {
            peer.Advance(now);
            _forwarder.Probe(peer, now);
            _peers.TakeIceEvents(peer);
        }

        peer.DueAt = peer.NextTimeout;
    }

    private PacketFault Handle(Span<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        // 1. Classify the first byte.
        switch (DatagramClassifier.Classify(datagram))
        {
            case DatagramKind.Stun:
                return HandleStun(datagram, remote, now);

            case DatagramKind.Dtls:
                // 2. Find the peer.
                return _peers.TryFind(remote, out var handshaking)
                    ? HandleDtls(handshaking, datagram, remote, now)
                    : PacketFault.UnknownPeer;

            case DatagramKind.Rtp:
                // 2. Find the peer.
                return _peers.TryFind(remote, out var sender)
                    ? HandleRtp(sender, datagram, now)
                    : PacketFault.UnknownPeer;

            case DatagramKind.Rtcp:
                // 2. Find the peer.
                return _peers.TryFind(remote, out var reporter)
                    ? HandleRtcp(reporter, datagram, now)
                    : HandleRelayRtcp(datagram, remote, now);

            default:
                return PacketFault.UnknownProtocol;
        }
    }

    private PacketFault HandleStun(ReadOnlySpan<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        var fault = StunMessage.TryParse(datagram, out var message);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        // 2. Find the peer: its ufrag is the first half of the USERNAME (RFC 8445 section 7.2.2).
        if (!StunMessage.TryReadLocalUfrag(message, out var ufrag) || !_peers.TryFind(ufrag, out var peer))
        {
            return PacketFault.StunUnknownUsername;
        }

        fault = peer.Transport.HandleStun(message, remote, now);
        _peers.TakeIceEvents(peer);
        peer.NoteUnsettled();
        return fault;
    }

    private PacketFault HandleDtls(Peer peer, ReadOnlySpan<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        if (peer.IsConnected)
        {
            peer.NoteUnsettled();
            return peer.Transport.HandleDtls(datagram, remote, now);
        }

        // A handshake has to wait until media has had its turn.
        var waited = peer.Transport.HasBacklog;
        var fault = peer.Transport.KeepForHandshake(datagram, remote);
        if (!waited && peer.Transport.HasBacklog)
        {
            _handshakes.Enqueue(peer, now);
        }

        return fault;
    }

    private PacketFault HandleRtcp(Peer peer, Span<byte> datagram, MonotonicTime now)
    {
        if (peer.Transport.Receiver is not { } receiver)
        {
            return PacketFault.SrtpNoKeys;
        }

        // 4. Authenticate and decrypt.
        var fault = receiver.UnprotectRtcp(datagram, out var length);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        peer.Transport.Ice.HandleTraffic(now);
        return _rtcp.Handle(peer, datagram[..length], now);
    }

    // What comes back over a relay is RTCP alone.
    private PacketFault HandleRelayRtcp(Span<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        if (!_rooms.Relays.TryFind(datagram, out var relay))
        {
            return PacketFault.UnknownPeer;
        }

        // 4. Authenticate and decrypt.
        var fault = relay.Receiver.UnprotectRtcp(datagram, out var length);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        relay.HandleHeard(remote, now);
        return _rtcp.Handle(relay, datagram[..length], now);
    }

    private PacketFault HandleRtp(Peer peer, Span<byte> datagram, MonotonicTime now)
    {
        if (peer.Transport.Receiver is not { } receiver)
        {
            return PacketFault.SrtpNoKeys;
        }

        // 3. View the header: decrypting needs its length.
        var fault = RtpHeader.TryParse(datagram, out var header);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        // 4. Authenticate and decrypt; before that nothing is believed.
        fault = receiver.UnprotectRtp(datagram, header.HeaderLength, out var length, out var index);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        peer.Transport.Ice.HandleTraffic(now);
        fault = _forwarder.Handle(peer, datagram[..length], header, index, now);
        peer.WakeAt(peer.Reports.NextTimeout);
        return fault;
    }
}
