using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using EventMeet.Contracts.Messages;
using EventMeet.Media;
using EventMeet.Media.Dtls;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sfu;
using EventMeet.Sockets;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;
using MediaKind = EventMeet.Media.Values.MediaKind;

namespace EventMeet.Workers.Tests.Net;

/// <summary>A whole shard, thread, sockets and all, on the loopback; synthetic participants by UDP and by TCP.</summary>
public sealed class ShardTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly RoomParameters Room = new(
        "room_1",
        "tenant",
        Epoch: 1,
        Name: null,
        Metadata: null,
        MaxPeers: 10,
        TimeSpan.FromSeconds(60)
    );

    private readonly DtlsIdentity _identity = DtlsIdentity.Create(
        DateTimeOffset.UnixEpoch,
        TimeProvider.System.GetUtcNow().AddDays(1)
    );
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly ConcurrentQueue<RoomFact> _facts = new();
    private readonly SocketPump _pump = new(TimeProvider.System);
    private readonly Shard _shard;

    public ShardTests()
    {
        var local = new IPEndPoint(IPAddress.Loopback, 0);
        _shard = new Shard(0, local, tcp: true, _identity, _clock, (fact, _) => _facts.Enqueue(fact), _ => { });
        _shard.Start([new MediaAddress("127.0.0.1", _shard.Port, _shard.Port)]);
    }

    [Fact]
    public async Task Participants_by_UDP_and_by_TCP_see_and_hear_each_other()
    {
        using var first = await JoinAsync(new Guest { Number = 1 }, tcp: false);
        using var second = await JoinAsync(new Guest { Number = 2 }, tcp: true);
        using var third = await JoinAsync(new Guest { Number = 3 }, tcp: true);
        VirtualPeer[] peers = [first, second, third];

        var met = _pump.RunUntil(
            () => peers.All(peer => peer.Met(MediaKind.Video).Count() == 2 && peer.Met(MediaKind.Audio).Count() == 2),
            Patience
        );
        _ = _pump.RunUntil(() => peers.All(peer => peer.Slots.Sum(slot => slot.Viewer.FramesDecoded) > 100), Patience);

        Assert.True(met);
        Assert.Empty(peers.SelectMany(peer => peer.Complaints));
        Assert.All(peers.SelectMany(peer => peer.Slots), slot => Assert.Equal(0, slot.PacketsLost));

        second.Leave(_pump.Now);
        _pump.Flush(second);
        Assert.True(_pump.RunUntil(() => first.InCall.Of("left").Count == 1, Patience));
        await _shard.StopAsync();
        Assert.Equal(3, _facts.OfType<Media.Rooms.ParticipantJoined>().Count());
        Assert.Equal(Media.Values.LeaveReason.Left, Assert.Single(_facts.OfType<Media.Rooms.ParticipantLeft>()).Reason);
        Assert.True(_shard.DescribeLoad(_clock.Now).PacketsPerSecond > 0);
    }

    [Fact]
    public async Task A_room_on_three_shards_is_one_room()
    {
        using var spread = new SpreadRoom(_identity, _clock, _facts.Enqueue);
        using var first = await JoinAsync(new Guest { Number = 1 }, tcp: false, spread.Shards[0], home: 0);
        using var second = await JoinAsync(new Guest { Number = 2 }, tcp: false, spread.Shards[1], home: 0);
        using var third = await JoinAsync(new Guest { Number = 3 }, tcp: true, spread.Shards[2], home: 0);
        VirtualPeer[] peers = [first, second, third];

        var met = _pump.RunUntil(
            () => peers.All(peer => peer.Met(MediaKind.Video).Count() == 2 && peer.Met(MediaKind.Audio).Count() == 2),
            Patience
        );
        _ = _pump.RunUntil(() => peers.All(peer => peer.Slots.Sum(slot => slot.Viewer.FramesDecoded) > 100), Patience);

        Assert.True(met);
        Assert.Empty(peers.SelectMany(peer => peer.Complaints));
        Assert.Equal(spread.Cpus, spread.Shards.Select(shard => shard.Cpu));

        second.Leave(_pump.Now);
        _pump.Flush(second);
        Assert.True(
            _pump.RunUntil(() => first.InCall.Of("left").Count == 1 && third.InCall.Of("left").Count == 1, Patience)
        );
        await spread.StopAsync();
        Assert.Equal(3, _facts.OfType<Media.Rooms.ParticipantJoined>().Count());
        Assert.Equal(Enumerable.Range(1, _facts.Count), _facts.Select(fact => (int)fact.Sequence));
    }

    [Fact]
    public async Task A_shard_that_stops_tells_everybody_before_its_thread_ends()
    {
        using var peer = await JoinAsync(new Guest { Number = 1 }, tcp: false);
        Assert.True(_pump.RunUntil(() => peer.InCall.IsOpen, Patience));

        _ = await _shard.Inbox.AskAsync(
            static (engine, now) =>
            {
                engine.CloseAll(Media.Values.LeaveReason.WorkerStopping, now);
                return true;
            },
            TestContext.Current.CancellationToken
        );
        await _shard.StopAsync();

        Assert.True(_pump.RunUntil(() => peer.IsClosed, Patience));
        Assert.Contains(_facts, fact => fact is Media.Rooms.RoomEmptied);
        await Assert.ThrowsAsync<ChannelClosedException>(() =>
            _shard.Inbox.AskAsync(static (_, _) => true, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task A_relay_carries_tracks_to_another_socket_until_it_is_closed()
    {
        using var peer = await JoinAsync(new Guest { Number = 1 }, tcp: false);
        var (one, two) = (Convert.ToBase64String(new byte[28]), Convert.ToBase64String([1, .. new byte[27]]));
        Assert.True(RelayKeys.TryParse(one, two, out var keys));
        using var there = new RelaySocket(new RelayReceiverParameters("rly_1", keys), _pump.Now);
        // Discard port: nobody answers there.
        TransportAddress[] addresses = [there.Address with { Port = 9 }, there.Address];
        var relay = new RelayParameters("rly_1", keys, addresses, RelayFilter.All, Notice: null, Paused: false);
        var refusal = await _shard.Inbox.AskAsync(
            (engine, now) => engine.OpenRelay(Room, relay, now),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(EngineRefusal.None, refusal);

        var arrived = _pump.RunUntil(
            () =>
            {
                there.Turn(_pump.Now);
                return there.Watcher.Packets.Count == 2 && there.Watcher.Packets.Values.All(each => each.Count > 50);
            },
            Patience
        );
        _ = await _shard.Inbox.AskAsync(
            (engine, now) => engine.CloseRelay(Room.Id, Room.Epoch, "rly_1", now),
            TestContext.Current.CancellationToken
        );
        var ended = _pump.RunUntil(
            () =>
            {
                there.Turn(_pump.Now);
                return there.Watcher.Receiver.HasEnded;
            },
            Patience
        );

        Assert.True(arrived && ended);
        Assert.Empty(there.Watcher.Complaints);
        Assert.Equal(RelayEnd.Closed, there.Watcher.Receiver.End);
    }

    [Fact]
    public async Task More_orders_than_the_inbox_holds_are_all_carried_out_in_order()
    {
        var order = new List<int>();

        var asked = Enumerable
            .Range(0, 2000)
            .Select(number =>
                _shard.Inbox.AskAsync(
                    (_, _) =>
                    {
                        order.Add(number);
                        return number;
                    },
                    TestContext.Current.CancellationToken
                )
            )
            .ToArray();
        var answers = await Task.WhenAll(asked);

        Assert.Equal(Enumerable.Range(0, 2000), answers);
        Assert.Equal(2000, order.Distinct().Count());
        await _shard.StopAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 1, 2, 3 })] // a frame longer than any datagram
    [InlineData(new byte[] { 0x47, 0x45, 0x54, 0x20, 0x2F })] // "GET /"
    public async Task A_connection_that_does_not_speak_our_frames_is_closed(byte[] nonsense)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _shard.Port, TestContext.Current.CancellationToken);
        _ = await socket.SendAsync(nonsense, TestContext.Current.CancellationToken);

        var received = 1;
        try
        {
            received = await socket.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            received = 0;
        }

        Assert.Equal(0, received);
        await _shard.StopAsync();
    }

    public void Dispose()
    {
        _pump.Dispose();
        _shard.StopAsync().GetAwaiter().GetResult();
        _shard.Dispose();
        _identity.Dispose();
    }

    private Task<VirtualPeer> JoinAsync(Guest guest, bool tcp) => JoinAsync(guest, tcp, _shard, home: null);

    private async Task<VirtualPeer> JoinAsync(Guest guest, bool tcp, Shard shard, int? home)
    {
        var room = Room with { HomeShard = home };
        var refusal = await shard.Inbox.AskAsync(
            (engine, now) => engine.AdmitPeer(room, guest.ToParameters(_identity.Fingerprint), now),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(EngineRefusal.None, refusal);
        var server = TransportAddress.From(new IPEndPoint(IPAddress.Loopback, shard.Port), tcp);
        var peer = new VirtualPeer(
            new VirtualPeerOptions { Number = guest.Number },
            guest.ToSession(server, _identity.Fingerprint),
            _identity,
            _pump.Now
        );
        _pump.Add(peer);
        return peer;
    }
}
