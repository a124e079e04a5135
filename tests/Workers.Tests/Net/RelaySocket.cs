using System.Net;
using System.Net.Sockets;
using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Workers.Tests.Net;

/// <summary>A relay's receiving end behind a real socket on the loopback.</summary>
internal sealed class RelaySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _datagram = new byte[2048];

    public RelaySocket(RelayReceiverParameters parameters, MonotonicTime now)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = TransportAddress.From((IPEndPoint)_socket.LocalEndPoint!);
        Watcher = new RelayWatcher(parameters, Address, now);
    }

    public TransportAddress Address { get; }

    public RelayWatcher Watcher { get; }

    /// <summary>Takes what has arrived, lets time pass and sends what came of it.</summary>
    public void Turn(MonotonicTime now)
    {
        while (_socket.Available > 0)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            var length = _socket.ReceiveFrom(_datagram, ref from);
            Watcher.HandleDatagram(_datagram.AsSpan(0, length), TransportAddress.From((IPEndPoint)from), now);
        }

        if (Watcher.Receiver.NextTimeout <= now)
        {
            Watcher.Receiver.Advance(now, Watcher);
        }

        while (Watcher.Receiver.TryTakeTransmit(out var transmit))
        {
            for (var rest = transmit.Data; rest.Length > 0; )
            {
                var length = Math.Min(transmit.SegmentSize, rest.Length);
                _ = _socket.SendTo(rest[..length], SocketFlags.None, transmit.Destination.ToIPEndPoint());
                rest = rest[length..];
            }
        }
    }

    public void Dispose()
    {
        Watcher.Dispose();
        _socket.Dispose();
    }
}
