using System.Net;
using System.Net.Sockets;
using EventMeet.Broker.Amqp;
using Microsoft.Extensions.Logging;

namespace EventMeet.Broker.Hosting;

/// <summary>Listens, and turns the clock: where the broker meets sockets and time.</summary>
internal sealed class BrokerServer : IAsyncDisposable
{
    // How late a scheduled message or a lock's end may be noticed.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan ConnectionTick = TimeSpan.FromSeconds(1);

    private readonly BrokerCore _core;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Dictionary<long, ClientPump> _clients = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private long _lastNumber;

    internal BrokerServer(BrokerCore core, TimeProvider clock, ILogger logger)
    {
        _core = core;
        _clock = clock;
        _logger = logger;
    }

    internal int Port { get; private set; }

    internal int ConnectionCount
    {
        get
        {
            lock (_core.Gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>Takes the port.</summary>
    /// <exception cref="SocketException">The port is taken.</exception>
    internal void Start(IPAddress address, int port)
    {
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(512);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _running = Task.WhenAll(
            Task.Run(() => AcceptAsync(_stopping.Token), CancellationToken.None),
            Task.Run(() => TurnClockAsync(_stopping.Token), CancellationToken.None)
        );
    }

    /// <summary>Tells every client to go elsewhere, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<ClientPump> clients;
        lock (_core.Gate)
        {
            clients = [.. _clients.Values];
            foreach (var client in clients)
            {
                client.Connection.Fail(AmqpError.ConnectionForced, "The broker stops.");
            }

            _core.ReleaseOutput();
        }

        await Task.WhenAll(clients.Select(client => client.Ended));
        _stopping.Dispose();
    }

    private async Task AcceptAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Accept(await _listener.AcceptAsync(stopping));
            }
            catch (SocketException) when (!stopping.IsCancellationRequested)
            {
                // No descriptors left, or the client was gone before it was accepted: neither may end the listener.
                await Task.Delay(Tick, _clock, stopping);
            }
        }
    }

    private void Accept(Socket socket)
    {
        socket.NoDelay = true;
        lock (_core.Gate)
        {
            if (_clients.Count >= _core.Limits.MaxConnections)
            {
                _logger.ConnectionRefused(_clients.Count);
                socket.Dispose();
                return;
            }

            var number = ++_lastNumber;
            var client = new ClientPump(number, socket, _core, _clock, _logger);
            _clients.Add(number, client);
            client.Start(Remove);
        }
    }

    private void Remove(ClientPump client)
    {
        lock (_core.Gate)
        {
            _clients.Remove(client.Number);
        }
    }

    private async Task TurnClockAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Tick, _clock);
        var nextConnections = _clock.GetUtcNow();
        while (await timer.WaitForNextTickAsync(stopping))
        {
            lock (_core.Gate)
            {
                var now = _clock.GetUtcNow();
                _core.Advance(now);
                if (now >= nextConnections)
                {
                    nextConnections = now + ConnectionTick;
                    foreach (var client in _clients.Values)
                    {
                        client.Connection.Advance(now);
                    }

                    _core.Commit();
                }

                _core.ReleaseOutput();
            }
        }
    }
}
