using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.LoadRunner;

/*  What the kernel writes beside a train, cmsg(3): any number of these in any order, each padded to 8 bytes.

    | length, with these 16 bytes (64) | level (32) | type (32) | data ...
      SCM_TIMESTAMPNS (socket(7)): seconds (64), nanoseconds (64) of the time of day when the kernel took the train in
      UDP_GRO (udp(7)):            size of a segment (32)
*/

/// <summary>
/// A client's UDP socket, connected to the server. Takes a whole train with one call where the kernel keeps it together
/// (UDP_GRO, udp(7)), so that it is the server that is measured, and says how long it has lain there, so that the runner's
/// own slowness is not. All sockets share one buffer: they are read in turn.
/// </summary>
internal sealed unsafe class ClientSocket : IDisposable
{
    private const int BufferLength = 1 << 16;
    private const int SocketBuffer = 4 << 20;
    private const int ControlLength = 128; // twice what the two messages take
    private const int ControlHeaderLength = 16;
    private const int SolSocket = 1;
    private const int TimestampNanoseconds = 35; // SO_TIMESTAMPNS, and SCM_TIMESTAMPNS
    private const int RealTime = 0; // CLOCK_REALTIME
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

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
        _socket.SetRawSocketOption(SolSocket, TimestampNanoseconds, BitConverter.GetBytes(1));
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
        var control = stackalloc byte[ControlLength];
        fixed (byte* buffer = Buffer)
        {
            var vector = new Libc.IoVector { Base = buffer, Length = BufferLength };
            var message = new Libc.Message
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ControlLength,
            };
            var length = (int)Libc.ReceiveMessage(_descriptor, &message, Libc.MsgDontWait);
            train = Buffer.AsSpan(0, Math.Max(length, 0));
            (segmentSize, age) = (train.Length, TimeSpan.Zero);
            if (!train.IsEmpty)
            {
                ReadControl(new ReadOnlySpan<byte>(control, (int)message.ControlLength), ref segmentSize, ref age);
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

    private static void ReadControl(ReadOnlySpan<byte> control, ref int segmentSize, ref TimeSpan age)
    {
        while (control.Length >= ControlHeaderLength)
        {
            var length = MemoryMarshal.Read<ulong>(control);
            if (length < ControlHeaderLength || length > (ulong)control.Length)
            {
                return;
            }

            var level = MemoryMarshal.Read<int>(control[8..]);
            var type = MemoryMarshal.Read<int>(control[12..]);
            var data = control[ControlHeaderLength..(int)length];
            if ((level, type) == (Libc.SolUdp, Libc.UdpReceiveOffload) && data.Length >= sizeof(int))
            {
                segmentSize = Math.Max(1, MemoryMarshal.Read<int>(data));
            }
            else if ((level, type) == (SolSocket, TimestampNanoseconds) && data.Length >= sizeof(Libc.TimeSpec))
            {
                age = AgeOf(MemoryMarshal.Read<Libc.TimeSpec>(data));
            }

            control = control[Math.Min((int)(length + 7) & ~7, control.Length)..];
        }
    }

    // A step of the system's clock must not make a train older than it can be, or come out of the future.
    private static TimeSpan AgeOf(Libc.TimeSpec arrival)
    {
        Libc.TimeSpec now;
        if (Libc.GetClock(RealTime, &now) != 0)
        {
            return TimeSpan.Zero;
        }

        var nanoseconds = ((now.Seconds - arrival.Seconds) * 1_000_000_000) + now.Nanoseconds - arrival.Nanoseconds;
        return TimeSpan.FromTicks(Math.Clamp(nanoseconds / TimeSpan.NanosecondsPerTick, 0, MaxAge.Ticks));
    }
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
