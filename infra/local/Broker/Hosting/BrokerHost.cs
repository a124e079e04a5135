using System.Net;
using EventMeet.Broker.Amqp;
using EventMeet.Broker.Durability;
using Microsoft.Extensions.Logging;

namespace EventMeet.Broker.Hosting;

/// <summary>A whole broker: entities, log and listener, put together and taken down in order.</summary>
internal sealed class BrokerHost : IAsyncDisposable
{
    private const int ManySegments = 4;
    private readonly BrokerCore _core;
    private readonly BrokerServer _server;
    private readonly LogDirectory? _directory;
    private readonly LogWriter? _log;
    private int _disposed;

    private BrokerHost(BrokerCore core, BrokerServer server, LogDirectory? directory, LogWriter? log)
    {
        _core = core;
        _server = server;
        _directory = directory;
        _log = log;
    }

    internal int Port => _server.Port;

    internal BrokerCore Core => _core;

    internal BrokerServer Server => _server;

    /// <summary>Gets what ends, in failure, when the disk does; a broker in memory never ends by itself.</summary>
    internal Task Ended => _log?.Ended ?? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);

    /// <summary>Recovers what is on disk, then opens the port.</summary>
    internal static BrokerHost Start(BrokerSettings settings, TimeProvider clock, ILogger logger)
    {
        var core = new BrokerCore(settings.Limits, new SharedAccessVerifier(settings.KeyName, settings.Key));
        foreach (var queue in settings.Queues)
        {
            core.Add(queue);
        }

        foreach (var topic in settings.Topics)
        {
            core.Add(topic);
        }

        var directory = settings.DataPath is null ? null : new LogDirectory(settings.DataPath);
        var log = directory is null ? null : OpenLog(directory, core, logger);
        var server = new BrokerServer(core, clock, logger);
        server.Start(IPAddress.Parse(settings.Host), settings.Port);
        return new BrokerHost(core, server, directory, log);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _server.DisposeAsync();
        _log?.Dispose();
        _directory?.Dispose();
    }

    private static LogWriter OpenLog(LogDirectory directory, BrokerCore core, ILogger logger)
    {
        directory.Open();
        var recovered = LogRecovery.Recover(directory, core.FindQueue, logger);
        logger.Recovered(directory.Path, recovered.Records, recovered.LostBytes);
        var log = new LogWriter(directory, recovered.NextSegment, core.HandleDurable, logger);
        var segments = directory.Segments().Count;
        log.Start();
        core.UseLog(log);
        if (segments >= ManySegments)
        {
            core.Compact();
        }

        return log;
    }
}
