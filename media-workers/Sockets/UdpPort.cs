using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sockets;

/// <summary>
/// A shard's UDP socket: receives many datagrams with one call, sends a train of equal datagrams with one call (UDP
/// GSO, udp(7)). Belongs to one thread; allocates nothing after construction.
/// </summary>
internal sealed unsafe class UdpPort : IDisposable
{
    /// <summary>Datagrams taken with one call.</summary>
    public const int ReceiveBatch = 64;

    // The largest datagram that is read whole. Browsers keep below 1280; anything longer than this is cut and refused by
    // its own length or tag.
    private const int ReceiveSlot = 2048;
    private const int AddressSlot = 28; // sockaddr_in6
    private const int SocketBuffer = 8 << 20;

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly byte[] _buffer = GC.AllocateArray<byte>(ReceiveBatch * ReceiveSlot, pinned: true);
    private readonly byte[] _addresses = GC.AllocateArray<byte>(ReceiveBatch * AddressSlot, pinned: true);
    private readonly Libc.IoVector[] _vectors = GC.AllocateArray<Libc.IoVector>(ReceiveBatch, pinned: true);
    private readonly Libc.MessageHeader[] _headers = GC.AllocateArray<Libc.MessageHeader>(ReceiveBatch, pinned: true);
    private readonly bool _dualMode;
    private bool _segmentation = true;

    /// <summary>Initializes a new instance of the <see cref="UdpPort"/> class and binds it.</summary>
    /// <param name="local">Where; port 0 lets the system choose. An IPv6 wildcard takes IPv4 as well.</param>
    /// <exception cref="SocketException">The port is taken, or the address is not ours.</exception>
    public UdpPort(IPEndPoint local)
    {
        _socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _dualMode = local.AddressFamily == AddressFamily.InterNetworkV6;
            if (_dualMode)
            {
                _socket.DualMode = true;
            }

            _socket.Blocking = false;
            _socket.ReceiveBufferSize = SocketBuffer;
            _socket.SendBufferSize = SocketBuffer;
            _socket.Bind(local);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
        for (var i = 0; i < ReceiveBatch; i++)
        {
            _vectors[i].Base = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, i * ReceiveSlot);
            _vectors[i].Length = ReceiveSlot;
            ref var message = ref _headers[i].Message;
            message.Name = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_addresses, i * AddressSlot);
            message.Vectors = (Libc.IoVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_vectors, i);
            message.VectorCount = 1;
        }
    }

    /// <summary>Gets the descriptor to wait for.</summary>
    public int Descriptor => _descriptor;

    /// <summary>Gets the port that it is bound to.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Gets how many datagrams the system would not take, since the start.</summary>
    public long SendFailures { get; private set; }

    /// <summary>Gets how many system calls sent something, since the start.</summary>
    public long SendCalls { get; private set; }

    /// <summary>Takes what has arrived, at most <see cref="ReceiveBatch"/> datagrams.</summary>
    /// <returns>How many; read them with <see cref="Received"/> before the next call.</returns>
    public int Receive()
    {
        fixed (Libc.MessageHeader* headers = _headers)
        {
            for (var i = 0; i < ReceiveBatch; i++)
            {
                headers[i].Message.NameLength = AddressSlot;
            }

            // An error that belongs to an earlier send (ECONNREFUSED from an ICMP message) is read here and forgotten.
            var count = Libc.ReceiveMessages(_descriptor, headers, ReceiveBatch, Libc.MsgDontWait, null);
            return Math.Max(count, 0);
        }
    }

    /// <summary>Gets one of the datagrams just received; it may be changed in place.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="remote">Where it came from.</param>
    public Span<byte> Received(int index, out TransportAddress remote)
    {
        remote = SocketAddresses.Read(_addresses.AsSpan(index * AddressSlot, AddressSlot));
        return _buffer.AsSpan(index * ReceiveSlot, (int)Math.Min(_headers[index].Length, ReceiveSlot));
    }

    /// <summary>Sends a train: datagrams of one size, the last one may be shorter.</summary>
    /// <param name="train">What to send, where.</param>
    public void Send(in Transmit train)
    {
        if (train.Data.Length <= train.SegmentSize)
        {
            _ = TrySend(train.Data, train.Destination, segmentSize: 0);
            return;
        }

        if (_segmentation && TrySend(train.Data, train.Destination, train.SegmentSize))
        {
            return;
        }

        for (var rest = train.Data; rest.Length > 0; )
        {
            var length = Math.Min(train.SegmentSize, rest.Length);
            _ = TrySend(rest[..length], train.Destination, segmentSize: 0);
            rest = rest[length..];
        }
    }

    public void Dispose() => _socket.Dispose();

    private bool TrySend(ReadOnlySpan<byte> data, TransportAddress destination, int segmentSize)
    {
        Span<byte> name = stackalloc byte[AddressSlot];
        var nameLength = SocketAddresses.Write(name, destination, _dualMode);
        var control = new Libc.SegmentControl
        {
            Length = 16 + sizeof(ushort), // CMSG_LEN(2)
            Level = Libc.SolUdp,
            Type = Libc.UdpSegment,
            SegmentSize = (ushort)segmentSize,
        };
        fixed (byte* dataPointer = data)
        fixed (byte* namePointer = name)
        {
            var vector = new Libc.IoVector { Base = dataPointer, Length = (nuint)data.Length };
            var message = new Libc.Message
            {
                Name = namePointer,
                NameLength = (uint)nameLength,
                Vectors = &vector,
                VectorCount = 1,
                Control = segmentSize > 0 ? &control : null,
                ControlLength = segmentSize > 0 ? (nuint)sizeof(Libc.SegmentControl) : 0,
            };
            SendCalls++;
            if (Libc.SendMessage(_descriptor, &message, Libc.MsgDontWait | Libc.MsgNoSignal) >= 0)
            {
                return true;
            }
        }

        return HandleSendError(Marshal.GetLastPInvokeError(), segmentSize > 0);
    }

    // Returns false when the same data should be sent again without segmentation.
    private bool HandleSendError(int error, bool segmented)
    {
        if (segmented && error is Libc.ErrorIo or Libc.ErrorInvalid or Libc.ErrorNotSupported)
        {
            // Nothing was sent. EINVAL concerns this path alone, whose MTU is below the segment's size; the others mean
            // that the kernel or the device cannot segment at all.
            _segmentation &= error is Libc.ErrorInvalid;
            return false;
        }

        // A full socket buffer or an unreachable destination: the datagram is lost, as datagrams may be.
        SendFailures++;
        return true;
    }
}
