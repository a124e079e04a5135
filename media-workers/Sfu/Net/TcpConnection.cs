using System.Buffers.Binary;
using System.Net.Sockets;
using EventMeet.Media;
using EventMeet.Media.Values;

namespace EventMeet.Sfu.Net;

/*  RFC 4571 section 2:  |  LENGTH (16)  |  one STUN, DTLS, RTP or RTCP datagram  |  */

/// <summary>One ICE-TCP connection: whole frames in, whole frames out, both within fixed buffers.</summary>
internal sealed class TcpConnection : IDisposable
{
    private const int LengthField = 2;

    // Two of the largest frames: one being put together behind one that is being read.
    private const int InputCapacity = 2 * MaxFrame;
    private const int MaxFrame = 2048;

    // Half a second at 2 Mbit/s; a path that is further behind than that loses datagrams, as it would over UDP.
    private const int OutputCapacity = 128 << 10;

    private readonly Socket _socket;
    private readonly byte[] _input = new byte[InputCapacity];
    private readonly byte[] _output = new byte[OutputCapacity];
    private int _inputLength;
    private int _outputStart;
    private int _outputEnd;

    public TcpConnection(long key, Socket socket, TransportAddress remote, MonotonicTime now)
    {
        (Key, _socket, Remote, LastFrame) = (key, socket, remote, now);
        socket.Blocking = false;
        socket.NoDelay = true;
        Descriptor = (int)socket.Handle;
    }

    /// <summary>Gets the key under which the loop watches it.</summary>
    public long Key { get; }

    public int Descriptor { get; }

    public TransportAddress Remote { get; }

    /// <summary>Gets when the last whole frame came.</summary>
    public MonotonicTime LastFrame { get; private set; }

    /// <summary>Gets a value indicating whether frames wait for room in the system's buffer.</summary>
    public bool HasOutput => _outputEnd > _outputStart;

    /// <summary>Gets how many datagrams found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Reads what is there and hands every whole frame to the engine.</summary>
    /// <returns>False when the connection has ended or has sent a frame that is too long.</returns>
    public bool Receive(ForwardingEngine engine, MonotonicTime now)
    {
        var count = _socket.Receive(_input.AsSpan(_inputLength), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock)
        {
            return true;
        }

        if (error is not SocketError.Success || count == 0)
        {
            return false;
        }

        _inputLength += count;
        var start = 0;
        while (_inputLength - start >= LengthField)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(_input.AsSpan(start));
            if (length > MaxFrame - LengthField)
            {
                return false;
            }

            if (_inputLength - start < LengthField + length)
            {
                break;
            }

            LastFrame = now;
            engine.HandleDatagram(_input.AsSpan(start + LengthField, length), Remote, now);
            start += LengthField + length;
        }

        _input.AsSpan(start, _inputLength - start).CopyTo(_input);
        _inputLength -= start;
        return true;
    }

    /// <summary>Sends one datagram as a frame: whole, later, or not at all.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        if (_outputStart > 0 && OutputCapacity - _outputEnd < LengthField + datagram.Length)
        {
            _output.AsSpan(_outputStart, _outputEnd - _outputStart).CopyTo(_output);
            _outputEnd -= _outputStart;
            _outputStart = 0;
        }

        if (OutputCapacity - _outputEnd < LengthField + datagram.Length)
        {
            Dropped++;
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_output.AsSpan(_outputEnd), (ushort)datagram.Length);
        datagram.CopyTo(_output.AsSpan(_outputEnd + LengthField));
        _outputEnd += LengthField + datagram.Length;
        _ = Flush();
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
