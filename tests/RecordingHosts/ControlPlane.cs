using System.Collections.Concurrent;
using System.Security.Cryptography;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.RecordingHosts;

/// <summary>Plays the functions' part on the bus, with their rules: the newest recorder that asks has the recording.</summary>
internal sealed class ControlPlane : IAsyncDisposable
{
    private const int Epoch = 1;
    private static readonly TenantId Tenant = new("ten_hosts");
    private static readonly RoomSettings Settings = new(Tenant, "Across hosts", 100, 300, Metadata: null);
    private static readonly TimeSpan RelayPatience = TimeSpan.FromSeconds(3);

    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly IdSource _ids = new(TimeProvider.System);
    private readonly AmqpMessageBus _bus;
    private readonly CancellationTokenSource _ending = new();
    private readonly Dictionary<RecordingId, Feed> _feeds = [];
    private readonly Task _handling;

    public ControlPlane(string bus)
    {
        _bus = new(
            BusConnectionOptions.FromConnectionString(bus),
            TimeProvider.System,
            NullLogger<AmqpMessageBus>.Instance
        );
        _handling = HandleAsync(_ending.Token);
    }

    /// <summary>Gets everything that recorders have said, in order, and when it was heard.</summary>
    public ConcurrentQueue<(DateTimeOffset HeardAt, RecordingEvent Said)> Said { get; } = [];

    /// <summary>Gets the recorders that live.</summary>
    public ConcurrentDictionary<string, RecorderAlive> Recorders { get; } = [];

    /// <summary>Gets the SFU worker; null before it was heard of.</summary>
    public WorkerAlive? Sfu { get; private set; }

    /// <summary>Gets how often keys were made for a recording's relay.</summary>
    public int RelaysOf(RecordingId recording)
    {
        lock (_feeds)
        {
            return _feeds.TryGetValue(recording, out var feed) ? feed.Count : 0;
        }
    }

    public Task AdmitAsync(RoomId room, PeerSpec peer) =>
        ToShardAsync(new AdmitPeer(room, Shard, Epoch, Settings, peer));

    public Task CloseRoomAsync(RoomId room) => ToShardAsync(new CloseRoom(room, Shard, Epoch, LeaveReason.RoomEnded));

    public async Task<RecordingId> StartAsync(RoomId room)
    {
        var recording = _ids.New<RecordingId>();
        RecordingPlan plan = new(RecordingMode.Tracks, new(null, null, AudioOnly: false), null, 7200, 1L << 40);
        await SendAsync(
            BusEntities.RecorderCommands,
            new StartRecording(Tenant, room, recording, $"hosts/{recording}", plan)
        );
        return recording;
    }

    public Task StopAsync(RecordingId recording)
    {
        WorkerId worker;
        lock (_feeds)
        {
            worker = _feeds[recording].Worker;
        }

        return ToRecorderAsync(worker, new StopRecording(recording, RecordingEnd.Stopped));
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _handling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _bus.DisposeAsync();
        _ending.Dispose();
    }

    private int Shard => Sfu!.Shards[0].Shard;

    private async Task HandleAsync(CancellationToken ending)
    {
        await using var receiver = _bus.Receive(BusEntities.WorkerEvents, new ReceiveOptions(100));
        while (!ending.IsCancellationRequested)
        {
            var received = await receiver.ReceiveAsync(ending);
            switch (MessageTypes.Read(received.Message.Type, received.Message.Body.Span))
            {
                case WorkerAlive { Shards.Count: > 0 } alive:
                    Sfu = alive;
                    break;
                case RecorderAlive alive:
                    Recorders[alive.Worker.Value] = alive;
                    break;
                case RecordingEvent said:
                    Said.Enqueue((_clock.GetUtcNow(), said));
                    if (said is RelayWanted wanted)
                    {
                        await AnswerAsync(wanted);
                    }

                    break;
                default:
                    break;
            }

            _ = await receiver.CompleteAsync(received, ending);
        }
    }

    private async Task AnswerAsync(RelayWanted wanted)
    {
        var now = _clock.GetUtcNow();
        var before = FeedOf(wanted.Recording);
        if (before is not null && wanted.Take < before.Take)
        {
            await ToRecorderAsync(wanted.Worker, new YieldRecording(wanted.Recording));
            return;
        }

        if (
            before is not null
            && before.Worker == wanted.Worker
            && (wanted.At <= before.WantedAt || now - before.At < RelayPatience)
        )
        {
            return;
        }

        RelaySpec relay = new(_ids.New<RelayId>(), NewKey(), NewKey());
        lock (_feeds)
        {
            _feeds[wanted.Recording] = new(
                wanted.Worker,
                wanted.Take,
                relay.Id,
                wanted.At,
                now,
                (before?.Count ?? 0) + 1
            );
        }

        if (before is not null)
        {
            await ToShardAsync(new CloseRelay(wanted.Room, Shard, Epoch, before.Relay));
            if (before.Worker != wanted.Worker)
            {
                await ToRecorderAsync(before.Worker, new YieldRecording(wanted.Recording));
            }
        }

        RecordingNotice notice = new(wanted.Recording, StartedBy: null);
        TrackFilter filter = new(null, null, AudioOnly: false);
        await ToShardAsync(
            new OpenRelay(wanted.Room, Shard, Epoch, Settings, relay, wanted.Addresses, filter, notice, Paused: false)
        );
        await ToRecorderAsync(wanted.Worker, new FeedRecording(wanted.Recording, wanted.Addresses[0].UdpPort, relay));
    }

    private Feed? FeedOf(RecordingId recording)
    {
        lock (_feeds)
        {
            return _feeds.GetValueOrDefault(recording);
        }
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(RelayKeys.Length));

    private Task ToShardAsync(SfuCommand command) => SendAsync(BusEntities.SfuCommands, command, Sfu!.Worker.Value);

    private Task ToRecorderAsync(WorkerId worker, RecorderOrder order) =>
        SendAsync(BusEntities.RecorderOrders, order, worker.Value);

    private Task SendAsync(string entity, object message, string? session = null) =>
        _bus.SendAsync(
            entity,
            [
                new(
                    _ids.NewText("cmd_"),
                    MessageTypes.NameOf(message),
                    "/hosts",
                    _clock.GetUtcNow(),
                    MessageTypes.Write(message)
                )
                {
                    SessionId = session,
                },
            ],
            CancellationToken.None
        );

    private sealed record Feed(
        WorkerId Worker,
        int Take,
        RelayId Relay,
        DateTimeOffset WantedAt,
        DateTimeOffset At,
        int Count
    );
}
