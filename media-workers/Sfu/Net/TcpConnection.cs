using System.Net.Sockets;
using EventMeet.Media;
using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Sfu.Net;

/*  RFC 4571 section 2:  |  LENGTH (16)  |  one STUN, DTLS, RTP or RTCP datagram  |  */

/// <summary>One ICE-TCP connection: whole frames in, whole frames out, both within fixed buffers.</summary>
internal sealed class TcpConnection : IDisposable
{
    private const int MaxDatagram = 2046;
    private const int InputCapacity = 4096;

    // Half a second at 2 Mbit/s; a path that is further behind than that loses datagrams, as it would over UDP.
    private const int OutputCapacity = 128 << 10;

    private readonly Socket _socket;
    private readonly TcpFramer _framer = new(MaxDatagram);
    private readonly byte[] _input = new byte[InputCapacity];

    // Made with the first frame that is sent: whoever only connects costs little.
    private byte[] _output = [];
    private int _outputStart;
    private int _outputEnd;

    public TcpConnection(long key, Socket socket, TransportAddress remote, MonotonicTime now)
    {
        (Key, _socket, Remote, LastFrame, AcceptedAt) = (key, socket, remote, now, now);
        socket.Blocking = false;
        socket.NoDelay = true;
        Descriptor = (int)socket.Handle;
    }

    /// <summary>Gets the key under which the loop watches it.</summary>
    public long Key { get; }

    public int Descriptor { get; }

    public TransportAddress Remote { get; }

    public MonotonicTime AcceptedAt { get; }

    /// <summary>Gets when the last whole frame came.</summary>
    public MonotonicTime LastFrame { get; private set; }

    /// <summary>Gets a value indicating whether frames wait for room in the system's buffer.</summary>
    public bool HasOutput => _outputEnd > _outputStart;

    /// <summary>Gets or sets a value indicating whether the loop waits for that room.</summary>
    public bool IsWatchedForOutput { get; set; }

    /// <summary>Gets how many datagrams found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Reads what is there and hands every whole frame to the engine.</summary>
    /// <returns>False when the connection has ended or has sent a frame that is too long.</returns>
    public bool Receive(ForwardingEngine engine, MonotonicTime now)
    {
        var count = _socket.Receive(_input, SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock)
        {
            return true;
        }

        if (error is not SocketError.Success || count == 0)
        {
            return false;
        }

        Span<byte> datagram = stackalloc byte[MaxDatagram];
        ReadOnlySpan<byte> received = _input.AsSpan(0, count);
        PacketFault fault;
        while (_framer.TryTakePacket(ref received, out var packet, out fault))
        {
            // The engine decrypts in place; the framer's packet may lie in its own memory.
            packet.CopyTo(datagram);
            LastFrame = now;
            engine.HandleDatagram(datagram[..packet.Length], Remote, now);
        }

        return fault is PacketFault.None;
    }

    /// <summary>Adds one datagram as a frame, whole or not at all; <see cref="Flush"/> sends it.</summary>
    public void Add(ReadOnlySpan<byte> datagram)
    {
        if (_output.Length == 0)
        {
            _output = new byte[OutputCapacity];
        }

        if (_outputStart > 0 && OutputCapacity - _outputEnd < TcpFramer.HeaderLength + datagram.Length)
        {
            _output.AsSpan(_outputStart, _outputEnd - _outputStart).CopyTo(_output);
            _outputEnd -= _outputStart;
            _outputStart = 0;
        }

        if (OutputCapacity - _outputEnd < TcpFramer.HeaderLength + datagram.Length)
        {
            Dropped++;
            return;
        }

        TcpFramer.WriteHeader(_output.AsSpan(_outputEnd), datagram.Length);
        datagram.CopyTo(_output.AsSpan(_outputEnd + TcpFramer.HeaderLength));
        _outputEnd += TcpFramer.HeaderLength + datagram.Length;
    }

    /// <summary>Gives the system as much as it takes.</summary>
    /// <returns>False when the connection is broken.</returns>
    public bool Flush()
    {
        while (HasOutput)
        {
            var waiting = _output.AsSpan(_outputStart, _outputEnd - _outputStart);
            var count = _socket.Send(waiting, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock)
            {
                return true;
            }

            if (error is not SocketError.Success)
            {
                return false;
            }

            _outputStart += count;
        }

        (_outputStart, _outputEnd) = (0, 0);
        return true;
    }

    public void Dispose() => _socket.Dispose();
}
