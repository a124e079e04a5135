using System.Net;
using System.Net.Sockets;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Recorder.Recordings;
using EventMeet.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder.Net;

/// <summary>The threads that take media in; a recording goes to the one that has the fewest. One that dies ends the process.</summary>
internal sealed class RecordingLoops : BackgroundService, IRecordingPorts
{
    private readonly RecorderOptions _options;
    private readonly RelayAddresses _addresses;
    private readonly List<RecordingLoop> _loops = [];
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private int _nextPort;

    public RecordingLoops(
        IOptions<RecorderOptions> options,
        RelayAddresses addresses,
        MonotonicClock clock,
        ILogger<RecordingLoops> logger
    )
    {
        (_options, _addresses, _logger) = (options.Value, addresses, logger);
        _nextPort = _options.FirstPort;
        var count = _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount;
        for (var number = 0; number < count; number++)
        {
            _loops.Add(new(number, clock));
        }
    }

    /// <summary>Gets how many bytes have arrived since the start.</summary>
    public long ReceivedBytes => _loops.Sum(loop => loop.ReceivedBytes);

    /// <inheritdoc/>
    public IRecordingPort Open(RecordingSession session, Action changed)
    {
        var loop = _loops.MinBy(loop => loop.Count)!;
        return new Port(loop, new RelayEndpoint(Bind(), session, changed), _addresses);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_loops.Select(loop => loop.StopAsync()));
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _loops.ForEach(loop => loop.Dispose());
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _loops.ForEach(loop => loop.Start());
        _logger.Ready(string.Join(", ", _addresses.Of(_options.FirstPort).Select(address => address.Address)));
        await await Task.WhenAny(_loops.Select(loop => loop.Ended));
    }

    private UdpPort Bind()
    {
        var address = IPAddress.Parse(_options.BindAddress);
        if (_options.FirstPort == 0)
        {
            return new UdpPort(new IPEndPoint(address, 0));
        }

        lock (_lock)
        {
            // Round and round, so that what a late relay still sends does not reach the next recording.
            for (var attempt = _options.FirstPort; ; attempt++)
            {
                var port = _nextPort;
                _nextPort = port == _options.LastPort ? _options.FirstPort : port + 1;
                try
                {
                    return new UdpPort(new IPEndPoint(address, port));
                }
                catch (SocketException taken)
                    when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse && attempt < _options.LastPort)
                {
                    // The next one may be free.
                }
            }
        }
    }

    private sealed class Port(RecordingLoop loop, RelayEndpoint endpoint, RelayAddresses addresses) : IRecordingPort
    {
        private readonly Task _added = loop.AddAsync(endpoint);

        public IReadOnlyList<RelayAddress> Addresses { get; } = addresses.Of(endpoint.Port);

        public async Task FeedAsync(RelayReceiverParameters relay)
        {
            await _added;
            _ = await loop.AskAsync(now =>
            {
                endpoint.Feed(relay, now);
                return true;
            });
        }

        public async Task<T> AskAsync<T>(Func<RecordingSession, MonotonicTime, T> question)
        {
            await _added;
            return await loop.AskAsync(now => question(endpoint.Session, now));
        }

        public async Task CloseAsync()
        {
            await _added;
            await loop.RemoveAsync(endpoint);
        }
    }
}
