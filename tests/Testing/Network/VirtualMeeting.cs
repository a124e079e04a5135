using EventMeet.Media;
using EventMeet.Media.Dtls;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Peers;

namespace EventMeet.Testing.Network;

/// <summary>
/// An engine, or several that are linked, and synthetic participants on a virtual network and virtual time: runs as fast as the machine can, and the
/// same seed always does the same, keys and certificates aside.
/// </summary>
internal sealed class VirtualMeeting : IDisposable
{
    public const string Room = "room_1";
    public static readonly TransportAddress Server = TransportAddress.FromIPv4(0xC000_0201, 7000); // 192.0.2.1
    public static readonly DateTimeOffset Origin = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Making certificates is slow, and which one it is tells nothing.
    private static readonly DtlsIdentity ServerIdentity = DtlsIdentity.Create(Origin, Origin.AddYears(30));
    private static readonly DtlsIdentity GuestIdentity = DtlsIdentity.Create(Origin, Origin.AddYears(30));

    private static readonly DtlsIdentity OtherIdentity = DtlsIdentity.Create(Origin, Origin.AddYears(30));

    private readonly int _seed;
    private readonly List<Seat> _seats = [];
    private readonly Dictionary<TransportAddress, Seat> _byAddress = [];
    private readonly List<RelayWatcher> _watchers = [];

    public VirtualMeeting(int seed = 1, ForwardingOptions? options = null, int shards = 1)
    {
        _seed = seed;
        Network = new VirtualNetwork(seed);
        Engines =
        [
            .. Enumerable
                .Range(0, shards)
                .Select(shard => new ForwardingEngine(ServerIdentity, Origin, options, shard)),
        ];
        foreach (var (from, to) in Pairs(shards))
        {
            var link = new VirtualLink(from, to);
            Engines[from].Connect(to, link);
            Links.Add((from, to), link);
        }
    }

    /// <summary>Gets the fingerprint of every guest's certificate.</summary>
    public static DtlsFingerprint GuestFingerprint => GuestIdentity.Fingerprint;

    /// <summary>Gets the first engine, where the room lives.</summary>
    public ForwardingEngine Engine => Engines[0];

    /// <summary>Gets the engines by their shards.</summary>
    public IReadOnlyList<ForwardingEngine> Engines { get; }

    /// <summary>Gets the ways between engines.</summary>
    public Dictionary<(int From, int To), VirtualLink> Links { get; } = [];

    public VirtualNetwork Network { get; }

    public MonotonicTime Now { get; private set; } = new(1_000_000);

    /// <summary>Gets how often something was due.</summary>
    public long Turns { get; private set; }

    /// <summary>Gets every fact that the engine has reported.</summary>
    public List<RoomFact> Facts { get; } = [];

    /// <summary>Gets or sets the room as the next order describes it.</summary>
    public RoomParameters Parameters { get; set; } =
        new(Room, "tenant_1", Epoch: 1, "Daily", Metadata: null, MaxPeers: 100, EmptyTimeout: TimeSpan.FromSeconds(10));

    /// <summary>Gets everything that was wrong with what anybody received.</summary>
    public IReadOnlyList<string> Complaints => [.. _seats.SelectMany(seat => seat.Peer.Complaints)];

    public IEnumerable<VirtualPeer> Peers => _seats.Select(seat => seat.Peer);

    /// <summary>Gets or sets what sees every datagram before the engine does; false keeps it from the engine.</summary>
    public Func<byte[], bool>? Tap { get; set; }

    /// <summary>Gets or sets how long each datagram has waited when the engine is given it.</summary>
    public Func<byte[], TimeSpan> AgeOf { get; set; } = _ => TimeSpan.Zero;

    /// <summary>Admits a guest and lets them connect.</summary>
    public VirtualPeer Join(Guest guest)
    {
        var refusal = Admit(guest);
        if (refusal is not EngineRefusal.None)
        {
            throw new InvalidOperationException($"The engine refused guest {guest.Number}: {refusal}.");
        }

        return Connect(guest);
    }

    /// <summary>Lets guests join who only watch: numbers 2, 3 and so on.</summary>
    public void JoinViewers(int count, int shard = 0)
    {
        for (ushort number = 2; number < 2 + count; number++)
        {
            _ = Join(
                new Guest
                {
                    Number = number,
                    Camera = false,
                    Microphone = false,
                    Shard = shard,
                }
            );
        }
    }

    /// <summary>Admits a guest who does not connect yet.</summary>
    public EngineRefusal Admit(Guest guest)
    {
        var shard = ShardOf(guest);
        var room = Parameters with { HomeShard = shard == 0 ? null : 0 };
        var refusal = Engines[shard].AdmitPeer(room, guest.ToParameters(GuestIdentity.Fingerprint), Now);
        Drain();
        return refusal;
    }

    /// <summary>Admits a guest and lets somebody else connect in their place.</summary>
    public VirtualPeer JoinWithWrongCertificate(Guest guest)
    {
        _ = Admit(guest);
        return Connect(guest, OtherIdentity);
    }

    /// <summary>Lets an admitted guest connect.</summary>
    public VirtualPeer Connect(Guest guest) => Connect(guest, GuestIdentity);

    /// <summary>The guest's next offer and its answer.</summary>
    public EngineRefusal Update(Guest guest)
    {
        var parameters = guest.ToParameters(GuestIdentity.Fingerprint);
        var refusal = Engines[ShardOf(guest)].UpdatePeer(Room, Parameters.Epoch, parameters, Now);
        Drain();
        if (refusal is EngineRefusal.None)
        {
            var seat = SeatOf(guest.Number);
            seat.Guest = guest;
            seat.Peer.Update(guest.ToSession(ServerOf(ShardOf(guest)), ServerIdentity.Fingerprint), Now);
            Drain(seat);
        }

        return refusal;
    }

    /// <summary>Gets every end of a relay that the engine has reported.</summary>
    public List<RelayReport> RelayReports { get; } = [];

    /// <summary>Puts a relay's receiving end on the network.</summary>
    /// <param name="parameters">The relay.</param>
    /// <param name="address">Where it listens.</param>
    public RelayWatcher Watch(RelayReceiverParameters parameters, TransportAddress address)
    {
        var watcher = new RelayWatcher(parameters, address, Now);
        _watchers.Add(watcher);
        return watcher;
    }

    /// <summary>A relay's receiving end has said something on its own account.</summary>
    public void Act(RelayWatcher watcher, Action<RelayReceiver, MonotonicTime> action)
    {
        action(watcher.Receiver, Now);
        Drain(watcher);
    }

    /// <summary>Gives an engine an order.</summary>
    public EngineRefusal Order(Func<ForwardingEngine, MonotonicTime, EngineRefusal> order, int shard = 0)
    {
        var refusal = order(Engines[shard], Now);
        Drain();
        return refusal;
    }

    /// <summary>A NAT gives the guest another port.</summary>
    public void Rebind(ushort number)
    {
        var seat = SeatOf(number);
        _ = _byAddress.Remove(seat.Address);
        seat.Address = seat.Address with { Port = (ushort)(seat.Address.Port + 1) };
        _byAddress[seat.Address] = seat;
    }

    /// <summary>The guest's machine is gone without a word.</summary>
    public void Vanish(ushort number)
    {
        var seat = SeatOf(number);
        _ = _byAddress.Remove(seat.Address);
        _ = _seats.Remove(seat);
        seat.Peer.Dispose();
    }

    /// <summary>Changes what the guest's ways do to datagrams.</summary>
    public void Change(ushort number, NetworkConditions uplink, NetworkConditions downlink)
    {
        var seat = SeatOf(number);
        seat.Guest = seat.Guest with { Uplink = uplink, Downlink = downlink };
    }

    public void Say(VirtualPeer peer, string json)
    {
        peer.Say(json, Now);
        Drain(SeatOf(peer.Options.Number));
    }

    public void Leave(VirtualPeer peer)
    {
        peer.Leave(Now);
        Drain(SeatOf(peer.Options.Number));
    }

    /// <summary>Hands the engine a datagram that nobody of the meeting has sent.</summary>
    public void Inject(Span<byte> datagram, TransportAddress from)
    {
        Engine.HandleDatagram(datagram, from, Now);
        Drain();
    }

    public TransportAddress AddressOf(ushort number) => SeatOf(number).Address;

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan duration) => _ = RunUntil(static () => false, duration);

    /// <summary>Lets time pass until something is so.</summary>
    /// <returns>False when it was not so in time.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            var next = NextEvent();
            if (next > end)
            {
                Now = end;
                return false;
            }

            Now = next > Now ? next : Now;
            Turn();
        }

        return true;
    }

    public void Dispose()
    {
        _seats.ForEach(seat => seat.Peer.Dispose());
        _watchers.ForEach(watcher => watcher.Dispose());
        foreach (var engine in Engines)
        {
            engine.Dispose();
        }
    }

    private VirtualPeer Connect(Guest guest, DtlsIdentity identity)
    {
        var options = new VirtualPeerOptions
        {
            Number = guest.Number,
            Seed = _seed,
            SendsAtOnce = guest.SendsAtOnce,
            KeyFrameInterval = guest.KeyFrameInterval,
        };
        var session = guest.ToSession(ServerOf(ShardOf(guest)), ServerIdentity.Fingerprint);
        var peer = new VirtualPeer(options, session, identity, Now);
        var seat = new Seat(guest, peer) { Address = TransportAddress.FromIPv4(0x0A00_0000u + guest.Number, 40_000) };
        _seats.Add(seat);
        _byAddress[seat.Address] = seat;
        Drain(seat);
        return peer;
    }

    private Seat SeatOf(ushort number) => _seats.Find(seat => seat.Guest.Number == number)!;

    private MonotonicTime NextEvent()
    {
        var next = Engines.Aggregate(
            Network.NextArrival,
            (soonest, each) => MonotonicTime.Soonest(soonest, each.NextTimeout)
        );
        foreach (var seat in _seats)
        {
            next = MonotonicTime.Soonest(next, seat.Peer.NextTimeout);
        }

        foreach (var watcher in _watchers.Where(watcher => watcher.IsAlive))
        {
            next = MonotonicTime.Soonest(next, watcher.Receiver.NextTimeout);
        }

        return next;
    }

    private void Turn()
    {
        Turns++;
        while (Network.TryReceive(Now, out var datagram))
        {
            if (ShardOf(datagram.To) is { } shard)
            {
                if (Tap?.Invoke(datagram.Bytes) is not false)
                {
                    Engines[shard].HandleDatagram(datagram.Bytes, datagram.From, Now - AgeOf(datagram.Bytes), Now);
                    Drain();
                }
            }
            else if (_byAddress.TryGetValue(datagram.To, out var seat))
            {
                seat.Peer.HandleDatagram(datagram.Bytes, datagram.From, Now);
                Drain(seat);
            }
            else if (WatcherAt(datagram.To) is { } watcher)
            {
                if (watcher.IsAlive)
                {
                    watcher.HandleDatagram(datagram.Bytes, datagram.From, Now);
                    Drain(watcher);
                }
                else
                {
                    watcher.Undelivered.Enqueue(datagram.Bytes);
                }
            }
        }

        foreach (var engine in Engines)
        {
            if (engine.NextTimeout <= Now)
            {
                engine.Advance(Now);
                Drain();
            }
        }

        foreach (var seat in _seats)
        {
            if (seat.Peer.NextTimeout <= Now)
            {
                seat.Peer.Advance(Now);
                Drain(seat);
            }
        }

        foreach (var watcher in _watchers)
        {
            if (watcher.IsAlive && watcher.Receiver.NextTimeout <= Now)
            {
                watcher.Receiver.Advance(Now, watcher);
                Drain(watcher);
            }
        }
    }

    private RelayWatcher? WatcherAt(TransportAddress address) => _watchers.Find(each => each.Address == address);

    private void Drain(RelayWatcher watcher)
    {
        while (watcher.Receiver.TryTakeTransmit(out var transmit))
        {
            Send(watcher.Address, transmit, watcher.Uplink);
        }
    }

    private void Send(TransportAddress from, in Transmit transmit, NetworkConditions conditions)
    {
        for (var rest = transmit.Data; rest.Length > 0; )
        {
            var length = Math.Min(transmit.SegmentSize, rest.Length);
            Network.Send(from, transmit.Destination, rest[..length], conditions, Now);
            rest = rest[length..];
        }
    }

    /// <summary>Takes everything that the engines have to say, to each other too.</summary>
    public void Drain()
    {
        do
        {
            for (var shard = 0; shard < Engines.Count; shard++)
            {
                Drain(Engines[shard], ServerOf(shard));
            }
        } while (TryDeliver());
    }

    // One thing at a time: what an engine takes is settled before the next.
    private bool TryDeliver()
    {
        foreach (var link in Links.Values)
        {
            if (link.IsReady)
            {
                link.Deliver(Engines[link.To], Now);
                return true;
            }
        }

        return false;
    }

    private void Drain(ForwardingEngine engine, TransportAddress address)
    {
        while (engine.TryTakeTransmit(out var transmit))
        {
            var conditions = _byAddress.TryGetValue(transmit.Destination, out var seat)
                ? seat.Guest.Downlink
                : WatcherAt(transmit.Destination)?.Downlink ?? NetworkConditions.Good;
            Send(address, transmit, conditions);
        }

        while (engine.TryTakeRelayReport(out var report))
        {
            RelayReports.Add(report);
        }

        while (engine.TryTakeFact(out var fact))
        {
            Facts.Add(fact);
        }
    }

    private static IEnumerable<(int From, int To)> Pairs(int shards) =>
        from one in Enumerable.Range(0, shards)
        from other in Enumerable.Range(0, shards)
        where one != other
        select (one, other);

    private static TransportAddress ServerOf(int shard) => Server with { Port = (ushort)(Server.Port + shard) };

    // Number 1 is at home.
    private int ShardOf(Guest guest) => guest.Shard ?? ((guest.Number - 1) % Engines.Count);

    private int? ShardOf(TransportAddress address) =>
        address == ServerOf(address.Port - Server.Port) && address.Port - Server.Port < Engines.Count
            ? address.Port - Server.Port
            : null;

    private void Drain(Seat seat)
    {
        while (seat.Peer.TryTakeDatagram(out var datagram))
        {
            Network.Send(seat.Address, ServerOf(ShardOf(seat.Guest)), datagram, seat.Guest.Uplink, Now);
        }
    }

    /// <summary>A guest in the meeting.</summary>
    private sealed class Seat(Guest guest, VirtualPeer peer)
    {
        public Guest Guest { get; set; } = guest;

        public VirtualPeer Peer => peer;

        public TransportAddress Address { get; set; }
    }
}
