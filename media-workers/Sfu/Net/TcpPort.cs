using System.Net;
using System.Net.Sockets;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sfu.Net;

/// <summary>
/// A shard's TCP port for passive ICE-TCP candidates (RFC 6544): datagrams framed as RFC 4571 says. Belongs to the
/// shard's thread; nothing here blocks.
/// </summary>
internal sealed class TcpPort : IDisposable
{
    private const int MaxConnections = 1000;
    private const int Backlog = 64;
    private const long ListenerKey = 0;

    // A connection must show a whole frame at least this often: consent checks come every few seconds (RFC 7675).
    private static readonly TimeSpan QuietConnection = TimeSpan.FromSeconds(30);

    // A browser checks at once. Whoever has not proved to be a peer by then only takes a peer's place.
    private static readonly TimeSpan StrangerTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly Dictionary<long, TcpConnection> _byKey = [];
    private readonly Dictionary<TransportAddress, TcpConnection> _byRemote = [];
    private EpollSet? _epoll;
    private long _newestKey;
    private MonotonicTime _nextSweep;

    public TcpPort(IPEndPoint local)
    {
        _listener = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                _listener.DualMode = true;
            }

            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
            _listener.Blocking = false;
            _listener.Bind(local);
            _listener.Listen(Backlog);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
    }

    /// <summary>Adds the listener to what the loop waits for.</summary>
    public void Attach(EpollSet epoll)
    {
        _epoll = epoll;
        epoll.Watch((int)_listener.Handle, ListenerKey);
    }

    /// <summary>Accepts, reads or writes, whatever the key's socket is ready for.</summary>
    public void HandleReady(long key, ForwardingEngine engine, MonotonicTime now)
    {
        if (key == ListenerKey)
        {
            Accept(now);
        }
        else if (_byKey.TryGetValue(key, out var connection))
        {
            if (!connection.Flush() || !connection.Receive(engine, now))
            {
                Close(connection, engine, now);
                return;
            }

            if (connection.IsWatchedForOutput != connection.HasOutput)
            {
                Watch(connection);
            }
        }
    }

    /// <summary>Sends a train, each of its datagrams as one frame; to a connection that is gone it is lost.</summary>
    public void Send(in Transmit train)
    {
        if (!_byRemote.TryGetValue(train.Destination, out var connection))
        {
            return;
        }

        for (var rest = train.Data; rest.Length > 0; )
        {
            var length = Math.Min(train.SegmentSize, rest.Length);
            connection.Add(rest[..length]);
            rest = rest[length..];
        }

        // A connection that breaks here becomes readable and is closed then.
        if (connection.Flush() && connection.HasOutput && !connection.IsWatchedForOutput)
        {
            Watch(connection);
        }
    }

    /// <summary>Closes connections on which nothing has come for long, or nothing of a peer's.</summary>
    public void Advance(ForwardingEngine engine, MonotonicTime now)
    {
        if (now < _nextSweep)
        {
            return;
        }

        _nextSweep = now + SweepInterval;
        foreach (var connection in _byKey.Values.Where(each => IsUseless(each, engine, now)).ToArray())
        {
            Close(connection, engine, now);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _byKey.Values)
        {
            connection.Dispose();
        }

        _listener.Dispose();
    }

    private void Watch(TcpConnection connection)
    {
        connection.IsWatchedForOutput = connection.HasOutput;
        _epoll!.Change(connection.Descriptor, connection.Key, connection.HasOutput);
    }

    private static bool IsUseless(TcpConnection connection, ForwardingEngine engine, MonotonicTime now) =>
        now - connection.LastFrame > QuietConnection
        || (now - connection.AcceptedAt > StrangerTimeout && !engine.Knows(connection.Remote));

    private void Accept(MonotonicTime now)
    {
        // Non-blocking: ends with WouldBlock when everybody waiting has been taken.
        while (_listener.Poll(0, SelectMode.SelectRead))
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (SocketException)
            {
                // The client gave up in between, or there are no descriptors left; the next turn tries again.
                return;
            }

            if (_byKey.Count >= MaxConnections || socket.RemoteEndPoint is not IPEndPoint remote)
            {
                socket.Dispose();
                continue;
            }

            var connection = new TcpConnection(++_newestKey, socket, TransportAddress.From(remote, tcp: true), now);
            _byKey.Add(connection.Key, connection);
            _byRemote[connection.Remote] = connection;
            _epoll!.Watch(connection.Descriptor, connection.Key);
        }
    }

    private void Close(TcpConnection connection, ForwardingEngine engine, MonotonicTime now)
    {
        _ = _byKey.Remove(connection.Key);
        _ = _byRemote.Remove(connection.Remote);
        _epoll!.Forget(connection.Descriptor);
        connection.Dispose();
        engine.HandleDisconnected(connection.Remote, now);
    }
}
