using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>
/// A client's UDP socket, connected to the server. Takes a whole train with one call where the kernel keeps it together
/// (UDP_GRO, udp(7)), so that it is the server that is measured, and says how long it has lain there, so that the runner's
/// own slowness is not. All sockets share one buffer: they are read in turn.
/// </summary>
internal sealed unsafe class ClientSocket : IDisposable
{
    private const int BufferLength = 1 << 16;
    private const int SocketBuffer = 4 << 20;

    private static readonly byte[] Buffer = GC.AllocateArray<byte>(BufferLength, pinned: true);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly int _descriptor;

    /// <summary>Initializes a new instance of the <see cref="ClientSocket"/> class on a free port.</summary>
    /// <param name="offload">Trains stay together; else the kernel cuts them, in the sender's time.</param>
    public ClientSocket(bool offload)
    {
        _socket.Blocking = false;
        _socket.ReceiveBufferSize = SocketBuffer;
        _socket.SendBufferSize = SocketBuffer;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.SetRawSocketOption(Libc.SolSocket, Libc.SocketTimestampNanoseconds, BitConverter.GetBytes(1));
        if (offload)
        {
            _socket.SetRawSocketOption(Libc.SolUdp, Libc.UdpReceiveOffload, BitConverter.GetBytes(1));
        }

        _descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
    }

    public int Descriptor => _descriptor;

    public IPEndPoint Local => (IPEndPoint)_socket.LocalEndPoint!;

    public void Connect(IPEndPoint server) => _socket.Connect(server);

    /// <summary>Takes the next train.</summary>
    /// <param name="train">Datagrams of one size, the last may be shorter; valid until the next call on any socket.</param>
    /// <param name="segmentSize">The size of each but the last.</param>
    /// <param name="age">How long ago the kernel took it in, 0 to 1 s.</param>
    public bool TryReceive(out Span<byte> train, out int segmentSize, out TimeSpan age)
    {
        var control = stackalloc byte[ReceiveControl.Length];
        fixed (byte* buffer = Buffer)
        {
            var vector = new Libc.IoVector { Base = buffer, Length = BufferLength };
            var message = new Libc.Message
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ReceiveControl.Length,
            };
            var length = (int)Libc.ReceiveMessage(_descriptor, &message, Libc.MsgDontWait);
            train = Buffer.AsSpan(0, Math.Max(length, 0));
            (segmentSize, age) = (train.Length, TimeSpan.Zero);
            if (!train.IsEmpty)
            {
                ReceiveControl.Read(control, message.ControlLength, ReceiveControl.Now, out var size, out age);
                segmentSize = size > 0 ? size : segmentSize;
            }
        }

        return !train.IsEmpty;
    }

    /// <summary>Sends one datagram; what the system does not take is lost.</summary>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        fixed (byte* bytes = datagram)
        {
            var vector = new Libc.IoVector { Base = bytes, Length = (nuint)datagram.Length };
            var message = new Libc.Message { Vectors = &vector, VectorCount = 1 };
            _ = Libc.SendMessage(_descriptor, &message, Libc.MsgDontWait | Libc.MsgNoSignal);
        }
    }

    public void Dispose() => _socket.Dispose();
}

/// <summary>The sockets of all clients; closes them when the run ends, however it ends.</summary>
internal sealed class ClientSockets : IDisposable
{
    private readonly ConcurrentBag<ClientSocket> _all = [];

    public ClientSocket Add(bool offload)
    {
        var socket = new ClientSocket(offload);
        _all.Add(socket);
        return socket;
    }

    public void Dispose()
    {
        foreach (var socket in _all)
        {
            socket.Dispose();
        }
    }
}
