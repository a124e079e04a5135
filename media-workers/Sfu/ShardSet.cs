using System.Net;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Dtls;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Sfu.Control;
using EventMeet.Sfu.Net;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventMeet.Sfu;

/// <summary>All shards of the worker: starts them, describes them, and ends the process when one of them dies.</summary>
internal sealed class ShardSet : BackgroundService, IWorkerStatus
{
    // A browser whose clock is behind must not find the certificate not yet valid.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    // A worker is replaced, and its certificate with it, long before.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private readonly DtlsIdentity _identity;
    private readonly List<Shard> _shards = [];
    private readonly MonotonicClock _clock;
    private readonly PublicAddresses _publicAddresses;
    private readonly ILogger<ShardSet> _logger;

    public ShardSet(
        IOptions<SfuOptions> options,
        TimeProvider clock,
        MonotonicClock monotonicClock,
        PublicAddresses publicAddresses,
        FactReporter reporter,
        ILogger<ShardSet> logger
    )
    {
        (_clock, _publicAddresses, _logger) = (monotonicClock, publicAddresses, logger);
        _identity = DtlsIdentity.Create(clock.GetUtcNow() - ClockSkew, clock.GetUtcNow() + Lifetime);
        var count = options.Value.Shards > 0 ? options.Value.Shards : Environment.ProcessorCount;
        var address = IPAddress.Parse(options.Value.BindAddress);
        // More shards than CPUs share them evenly.
        var cpus = options.Value.PinShards ? ThreadAffinity.Allowed : [];
        for (var number = 0; number < count; number++)
        {
            var port = options.Value.Port == 0 ? 0 : options.Value.Port + number;
            _shards.Add(
                new Shard(
                    number,
                    new IPEndPoint(address, port),
                    options.Value.Tcp,
                    _identity,
                    monotonicClock,
                    reporter.Publish,
                    report => logger.RelayEnded(report.Relay, report.Room, report.End.ToString(), report.WasAnswered),
                    options.Value.Forwarding,
                    options.Value.TurnSpacing,
                    cpus.Count > 0 ? cpus[number % cpus.Count] : null
                )
            );
        }

        Shard.Join(_shards);
    }

    /// <summary>Gets the SHA-256 fingerprint of the DTLS certificate, upper-case hexadecimal without colons.</summary>
    public string Fingerprint => _identity.Fingerprint.Value.Replace(":", "", StringComparison.Ordinal);

    /// <summary>Gets a value indicating whether no new rooms are taken.</summary>
    public bool Draining { get; private set; }

    /// <summary>Gets a shard's inbox; null when there is no such shard.</summary>
    public ShardInbox? InboxOf(int shard) => (uint)shard < (uint)_shards.Count ? _shards[shard].Inbox : null;

    /// <inheritdoc/>
    public WorkerEvent Describe(WorkerIdentity identity, DateTimeOffset now) =>
        new WorkerAlive(
            identity.Id,
            now,
            identity.Name,
            identity.Version,
            identity.Region,
            identity.Zone,
            Fingerprint,
            Draining,
            DescribeShards()
        );

    /// <summary>Describes every shard as it is now. Called once a second.</summary>
    public IReadOnlyList<ShardStatus> DescribeShards()
    {
        var now = _clock.Now;
        return
        [
            .. _shards
                .Where(shard => shard.Addresses.Count > 0)
                .Select(shard => new ShardStatus(shard.Number, shard.Addresses, shard.DescribeLoad(now))),
        ];
    }

    /// <summary>Tells everybody that the worker is going away, then ends the shards.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Draining = true;
        // One that is still looking for its addresses has nobody to tell and no thread to wait for.
        var running = _shards.Where(shard => shard.IsRunning).ToList();
        foreach (var shard in running)
        {
            _ = await shard.Inbox.AskAsync(
                static (engine, now) =>
                {
                    engine.CloseAll(Media.Values.LeaveReason.WorkerStopping, now);
                    return true;
                },
                cancellationToken
            );
        }

        await Task.WhenAll(running.Select(shard => shard.StopAsync()));
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _shards.ForEach(shard => shard.Dispose());
        _identity.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var shard in _shards)
        {
            var addresses = await _publicAddresses.OfAsync(shard, stoppingToken);
            stoppingToken.ThrowIfCancellationRequested();
            shard.Start(addresses);
            _logger.ShardReady(shard.Number, string.Join(", ", addresses.Select(Describe)));
        }

        // A shard ends only when asked to. One that faults is a bug: the host stops and the process with it.
        await await Task.WhenAny(_shards.Select(shard => shard.Ended));
    }

    private static string Describe(MediaAddress address) =>
        $"{address.Address} UDP {address.UdpPort}{(address.TcpPort is { } port ? $" TCP {port}" : "")}";
}
