using System.Buffers.Binary;
using System.Net.Sockets;
using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;
using EventMeet.Testing.Peers;

namespace EventMeet.Testing.Network;

/// <summary>Moves synthetic participants' datagrams over real sockets, UDP or framed TCP (RFC 4571), on one thread.</summary>
/// <param name="clock">The time.</param>
internal sealed class SocketPump(TimeProvider clock) : IDisposable
{
    private const int MaxDatagram = 2048;
    private const int ReceiveBuffer = 4 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    private readonly long _origin = clock.GetTimestamp();
    private readonly List<Line> _lines = [];

    /// <summary>Gets the time.</summary>
    public MonotonicTime Now => MonotonicTime.Zero + clock.GetElapsedTime(_origin);

    /// <summary>Connects a participant's socket.</summary>
    public void Add(VirtualPeer peer)
    {
        var line = new Line(peer);
        _lines.Add(line);
        line.Send();
    }

    /// <summary>Takes a participant away without a word.</summary>
    public void Remove(VirtualPeer peer)
    {
        var line = _lines.Find(each => each.Peer == peer);
        if (line is not null)
        {
            _ = _lines.Remove(line);
            line.Dispose();
        }
    }

    /// <summary>Sends what a participant has to say after a call from outside.</summary>
    public void Flush(VirtualPeer peer) => _lines.Find(each => each.Peer == peer)?.Send();

    /// <summary>Moves datagrams until something is so.</summary>
    /// <returns>False when it was not so in time.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            if (Now >= end)
            {
                return false;
            }

            Turn();
        }

        return true;
    }

    public void Dispose() => _lines.ForEach(line => line.Dispose());

    private void Turn()
    {
        var next = Now + LongestWait;
        foreach (var line in _lines)
        {
            next = MonotonicTime.Soonest(next, line.Peer.NextTimeout);
        }

        var wait = next - Now;
        var ready = _lines.ConvertAll(line => line.Socket);
        Socket.Select(ready, null, null, wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        foreach (var line in _lines.ToArray())
        {
            line.Receive(Now);
            if (line.Peer.NextTimeout <= Now)
            {
                line.Peer.Advance(Now);
            }

            line.Send();
        }
    }

    /// <summary>One participant and its socket.</summary>
    private sealed class Line : IDisposable
    {
        private readonly byte[] _buffer = new byte[64 << 10];
        private readonly TcpFramer _framer = new(MaxDatagram);

        public Line(VirtualPeer peer)
        {
            var server = peer.Session.Server;
            Peer = peer;
            Socket = new Socket(
                server.Family,
                server.Tcp ? SocketType.Stream : SocketType.Dgram,
                server.Tcp ? ProtocolType.Tcp : ProtocolType.Udp
            )
            {
                ReceiveBufferSize = ReceiveBuffer,
            };
            Socket.Connect(server.ToIPEndPoint());
            Socket.Blocking = false;
        }

        public VirtualPeer Peer { get; }

        public Socket Socket { get; }

        public void Dispose() => Socket.Dispose();

        public void Receive(MonotonicTime now)
        {
            while (true)
            {
                var count = Socket.Receive(_buffer, SocketFlags.None, out var error);
                if (error is SocketError.ConnectionRefused)
                {
                    // An ICMP message about an earlier datagram.
                    continue;
                }

                if (error is not SocketError.Success || count == 0)
                {
                    return;
                }

                if (Peer.Session.Server.Tcp)
                {
                    TakeFrames(_buffer.AsSpan(0, count), now);
                }
                else
                {
                    Peer.HandleDatagram(_buffer.AsSpan(0, count), Peer.Session.Server, now);
                }
            }
        }

        public void Send()
        {
            while (Peer.TryTakeDatagram(out var datagram))
            {
                if (Peer.Session.Server.Tcp)
                {
                    var frame = new byte[datagram.Length + 2];
                    BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)datagram.Length);
                    datagram.CopyTo(frame, 2);
                    datagram = frame;
                }

                SendWhole(datagram);
            }
        }

        private void SendWhole(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var count = Socket.Send(bytes, SocketFlags.None, out var error);
                if (error is SocketError.WouldBlock && Peer.Session.Server.Tcp)
                {
                    _ = Socket.Poll(LongestWait, SelectMode.SelectWrite);
                    continue;
                }

                if (error is not SocketError.Success)
                {
                    return;
                }

                bytes = bytes[count..];
            }
        }

        private void TakeFrames(ReadOnlySpan<byte> received, MonotonicTime now)
        {
            var datagram = new byte[MaxDatagram];
            while (_framer.TryTakePacket(ref received, out var packet, out var fault))
            {
                if (fault is PacketFault.None)
                {
                    packet.CopyTo(datagram);
                    Peer.HandleDatagram(datagram.AsSpan(0, packet.Length), Peer.Session.Server, now);
                }
            }
        }
    }
}
