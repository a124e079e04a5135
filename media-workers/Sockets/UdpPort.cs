using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sockets;

/// <summary>
/// A shard's UDP port: receives many datagrams with one call, trains of them where the kernel keeps them together
/// (UDP_GRO), and sends many trains of equal datagrams with one call (UDP_SEGMENT, udp(7)). What leaves is never fragmented.
/// Belongs to one thread; allocates nothing after construction.
/// </summary>
internal sealed unsafe class UdpPort : IDisposable
{
    /// <summary>Datagrams, or trains of them, taken with one call.</summary>
    public const int ReceiveBatch = 32;

    /// <summary>Trains sent with one call.</summary>
    public const int SendBatch = 32;

    // A train is as long as the longest IP packet. Of each slot only the pages that are written to take memory.
    private const int ReceiveSlot = 1 << 16;
    private const int MaxSegments = 64; // in a train: UDP_GRO_CNT_MAX
    private const int AddressSlot = 28; // sockaddr_in6
    private const int SocketBuffer = 8 << 20;

    private readonly Socket _socket;
    private readonly Socket? _reports;

    // Nobody waits for it. Of each datagram that has left, the kernel tells whoever waits for its socket, even for input alone.
    private readonly Socket? _sender;
    private readonly int _descriptor;
    private readonly int _sendDescriptor;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReceiveBatch * ReceiveSlot, pinned: true);
    private readonly byte[] _addresses = GC.AllocateArray<byte>(ReceiveBatch * AddressSlot, pinned: true);
    private readonly Libc.IoVector[] _vectors = GC.AllocateArray<Libc.IoVector>(ReceiveBatch, pinned: true);
    private readonly Libc.MessageHeader[] _headers = GC.AllocateArray<Libc.MessageHeader>(ReceiveBatch, pinned: true);
    private readonly byte[] _controls = GC.AllocateArray<byte>(ReceiveBatch * ReceiveControl.Length, pinned: true);
    private readonly Segment[] _segments = new Segment[ReceiveBatch * MaxSegments];
    private readonly byte[] _sendAddresses = GC.AllocateArray<byte>(SendBatch * AddressSlot, pinned: true);
    private readonly Libc.IoVector[] _sendVectors = GC.AllocateArray<Libc.IoVector>(SendBatch, pinned: true);
    private readonly Libc.MessageHeader[] _sendHeaders = GC.AllocateArray<Libc.MessageHeader>(SendBatch, pinned: true);
    private readonly Libc.SegmentControl[] _sendControls = GC.AllocateArray<Libc.SegmentControl>(
        SendBatch,
        pinned: true
    );
    private readonly TrainRefusals _refusals = new();
    private readonly bool _dualMode;
    private bool _segmentation;
    private int _queued;

    /// <summary>Initializes a new instance of the <see cref="UdpPort"/> class and binds it.</summary>
    /// <param name="local">Where; port 0 lets the system choose. An IPv6 wildcard takes IPv4 as well.</param>
    /// <param name="sortsReports">
    /// Reports wait apart, where the system can do that: see <see cref="ReportDescriptor"/>. Because they wait, the kernel then says when each datagram
    /// came. What leaves has a socket of its own, too.
    /// </param>
    /// <exception cref="SocketException">The port is taken, or the address is not ours.</exception>
    public UdpPort(IPEndPoint local, bool sortsReports = false)
    {
        _dualMode = local.AddressFamily == AddressFamily.InterNetworkV6;
        if (sortsReports)
        {
            // Sockets that sort what arrives share their port, which would hide that another process has it already.
            using var alone = MakeSocket();
            alone.Bind(local);
        }

        _socket = MakeSocket();
        try
        {
            sortsReports = sortsReports && TrySort();
            _segmentation = TrySet(_socket, Libc.SolUdp, Libc.UdpSegment, 0);
            _socket.Bind(local);
            if (sortsReports)
            {
                // In this order: the filter knows them by their numbers, and chooses none but the first two.
                _reports = BindBeside(_socket);
                _ = TrySet(_reports, Libc.SolSocket, Libc.SocketTimestampNanoseconds, 1);
                _sender = BindBeside(_socket);
            }
        }
        catch
        {
            _socket.Dispose();
            _reports?.Dispose();
            _sender?.Dispose();
            throw;
        }

        _descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
        _sendDescriptor = (int)(_sender ?? _socket).SafeHandle.DangerousGetHandle();
        for (var i = 0; i < ReceiveBatch; i++)
        {
            _vectors[i].Base = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, i * ReceiveSlot);
            _vectors[i].Length = ReceiveSlot;
            ref var message = ref _headers[i].Message;
            message.Name = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_addresses, i * AddressSlot);
            message.Vectors = (Libc.IoVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_vectors, i);
            message.VectorCount = 1;
            message.Control = (void*)Marshal.UnsafeAddrOfPinnedArrayElement(_controls, i * ReceiveControl.Length);
        }

        for (var i = 0; i < SendBatch; i++)
        {
            ref var message = ref _sendHeaders[i].Message;
            message.Name = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_sendAddresses, i * AddressSlot);
            message.Vectors = (Libc.IoVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_sendVectors, i);
            message.VectorCount = 1;
        }
    }

    /// <summary>Gets the descriptor to wait for.</summary>
    public int Descriptor => _descriptor;

    /// <summary>
    /// Gets the descriptor where reports wait, for <see cref="ReceiveReports"/>: what receivers have to say about what they got, of which there is
    /// much, and none that cannot wait. Null when everything comes to the other one.
    /// </summary>
    public int? ReportDescriptor => (int?)_reports?.SafeHandle.DangerousGetHandle();

    /// <summary>Gets the port that it is bound to.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Gets how many datagrams the system would not take, since the start.</summary>
    public long SendFailures { get; private set; }

    /// <summary>Gets how many system calls sent something, since the start.</summary>
    public long SendCalls { get; private set; }

    /// <summary>Takes what has arrived, with one call.</summary>
    /// <returns>How many datagrams; read them with <c>Received</c> before the next call.</returns>
    public int Receive() => Receive(_descriptor);

    /// <summary>Takes the reports that have arrived, with one call.</summary>
    /// <returns>As <see cref="Receive()"/>.</returns>
    public int ReceiveReports() => ReportDescriptor is { } reports ? Receive(reports) : 0;

    /// <summary>Gets one of the datagrams just received; it may be changed in place.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="remote">Where it came from.</param>
    public Span<byte> Received(int index, out TransportAddress remote) => Received(index, out remote, out _);

    /// <summary>Gets one of the datagrams just received; it may be changed in place.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="remote">Where it came from.</param>
    /// <param name="age">How long it has waited here, from zero to a second; zero where reports are not sorted.</param>
    public Span<byte> Received(int index, out TransportAddress remote, out TimeSpan age)
    {
        var segment = _segments[index];
        age = segment.Age;
        remote = SocketAddresses.Read(_addresses.AsSpan(segment.Message * AddressSlot, AddressSlot));
        return _buffer.AsSpan(segment.Offset, segment.Length);
    }

    /// <summary>Queues a train, datagrams of one size of which the last may be shorter; it leaves with <see cref="Flush"/>.</summary>
    /// <param name="train">What to send, where; in pinned memory, and valid until it is flushed.</param>
    public void Enqueue(in Transmit train)
    {
        var isTrain = train.Data.Length > train.SegmentSize;
        if (!isTrain || (_segmentation && !_refusals.Refuses(train.Destination)))
        {
            Enqueue(train.Data, train.SegmentSize, train.Destination, isTrain);
            return;
        }

        for (var rest = train.Data; rest.Length > 0; )
        {
            var length = Math.Min(train.SegmentSize, rest.Length);
            Enqueue(rest[..length], length, train.Destination, isTrain: false);
            rest = rest[length..];
        }
    }

    /// <summary>Sends what is queued, with one call if the system takes all of it.</summary>
    public void Flush()
    {
        var sent = 0;
        while (sent < _queued)
        {
            SendCalls++;
            var headers = (Libc.MessageHeader*)Marshal.UnsafeAddrOfPinnedArrayElement(_sendHeaders, sent);
            var taken = Libc.SendMessages(
                _sendDescriptor,
                headers,
                (uint)(_queued - sent),
                Libc.MsgDontWait | Libc.MsgNoSignal
            );
            if (taken > 0)
            {
                sent += taken;
                continue;
            }

            // The error is the first one's; those behind it have not been tried.
            HandleRefused(sent++, Marshal.GetLastPInvokeError());
        }

        _queued = 0;
    }

    /// <summary>Sends a train at once, from memory of any kind.</summary>
    /// <param name="train">What to send, where.</param>
    public void Send(in Transmit train)
    {
        if (train.Data.Length <= train.SegmentSize)
        {
            _ = TrySend(train.Data, train.Destination, segmentSize: 0);
        }
        else if (
            !_segmentation
            || _refusals.Refuses(train.Destination)
            || !TrySend(train.Data, train.Destination, train.SegmentSize)
        )
        {
            SendOneByOne(train.Data, train.SegmentSize, train.Destination);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _reports?.Dispose();
        _sender?.Dispose();
    }

    private static bool TrySet(Socket socket, int level, int name, int value)
    {
        try
        {
            socket.SetRawSocketOption(level, name, BitConverter.GetBytes(value));
            return true;
        }
        catch (SocketException)
        {
            // An older kernel, or another address family: the socket works without.
            return false;
        }
    }

    // DF on everything, and no belief in ICMP messages that say what fits (RFC 8085 section 3.2, RFC 8899): what we send
    // is small enough for every path that browsers use. It also spares the kernel the choice of an identification.
    private static void ForbidFragments(Socket socket)
    {
        _ = TrySet(socket, Libc.LevelIPv4, Libc.IPv4MtuDiscover, Libc.MtuDiscoverProbe);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            _ = TrySet(socket, Libc.LevelIPv6, Libc.IPv6MtuDiscover, Libc.MtuDiscoverProbe);
        }
    }

    private Socket MakeSocket()
    {
        var family = _dualMode ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp)
        {
            Blocking = false,
            ReceiveBufferSize = SocketBuffer,
            SendBufferSize = SocketBuffer,
        };
        if (_dualMode)
        {
            socket.DualMode = true;
        }

        _ = TrySet(socket, Libc.SolUdp, Libc.UdpReceiveOffload, 1);
        ForbidFragments(socket);
        return socket;
    }

    private Socket BindBeside(Socket first)
    {
        var socket = MakeSocket();
        try
        {
            ReportFilter.Share(socket);
            socket.Bind(first.LocalEndPoint!);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool TrySort()
    {
        try
        {
            ReportFilter.Attach(_socket);
            _ = TrySet(_socket, Libc.SolSocket, Libc.SocketTimestampNanoseconds, 1);
            return true;
        }
        catch (SocketException)
        {
            // A container that forbids filters, or an older kernel: reports come with everything else.
            _ = TrySet(_socket, Libc.SolSocket, Libc.SocketReusePort, 0);
            return false;
        }
    }

    private int Receive(int descriptor)
    {
        fixed (Libc.MessageHeader* headers = _headers)
        {
            for (var i = 0; i < ReceiveBatch; i++)
            {
                headers[i].Message.NameLength = AddressSlot;
                headers[i].Message.ControlLength = ReceiveControl.Length;
            }

            // An error that belongs to an earlier send (ECONNREFUSED from an ICMP message) is read here and forgotten.
            var taken = Libc.ReceiveMessages(descriptor, headers, ReceiveBatch, Libc.MsgDontWait, null);
            var now = taken > 0 ? ReceiveControl.Now : 0;
            var count = 0;
            for (var i = 0; i < taken; i++)
            {
                count = Cut(i, count, now);
            }

            return count;
        }
    }

    // Finds the datagrams of one message: one, or a train of one size whose last may be shorter.
    private int Cut(int message, int count, long now)
    {
        ref readonly var header = ref _headers[message];
        var length = (int)Math.Min(header.Length, ReceiveSlot);
        var control = (byte*)header.Message.Control;
        ReceiveControl.Read(control, header.Message.ControlLength, now, out var size, out var age);
        size = size > 0 ? size : length;
        var offset = message * ReceiveSlot;
        for (var rest = length; rest > 0 && count < _segments.Length; rest -= size)
        {
            _segments[count++] = new(message, offset, Math.Min(size, rest), age);
            offset += size;
        }

        return count;
    }

    private static Libc.SegmentControl SegmentControl(int segmentSize) =>
        new()
        {
            Length = 16 + sizeof(ushort), // CMSG_LEN(2)
            Level = Libc.SolUdp,
            Type = Libc.UdpSegment,
            SegmentSize = (ushort)segmentSize,
        };

    private void Enqueue(ReadOnlySpan<byte> data, int segmentSize, TransportAddress destination, bool isTrain)
    {
        if (_queued == SendBatch)
        {
            Flush();
        }

        ref var message = ref _sendHeaders[_queued].Message;
        var name = _sendAddresses.AsSpan(_queued * AddressSlot, AddressSlot);
        message.NameLength = (uint)SocketAddresses.Write(name, destination, _dualMode);
        _sendVectors[_queued].Base = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(data));
        _sendVectors[_queued].Length = (nuint)data.Length;
        _sendControls[_queued] = SegmentControl(segmentSize);
        message.Control = isTrain ? (void*)Marshal.UnsafeAddrOfPinnedArrayElement(_sendControls, _queued) : null;
        message.ControlLength = isTrain ? (nuint)sizeof(Libc.SegmentControl) : 0;
        _queued++;
    }

    private void HandleRefused(int queued, int error)
    {
        var isTrain = _sendHeaders[queued].Message.ControlLength > 0;
        var destination = SocketAddresses.Read(_sendAddresses.AsSpan(queued * AddressSlot, AddressSlot));
        if (HandleSendError(error, isTrain, destination))
        {
            return;
        }

        ref readonly var vector = ref _sendVectors[queued];
        var data = new ReadOnlySpan<byte>(vector.Base, (int)vector.Length);
        SendOneByOne(data, _sendControls[queued].SegmentSize, destination);
    }

    private void SendOneByOne(ReadOnlySpan<byte> data, int segmentSize, TransportAddress destination)
    {
        for (var rest = data; rest.Length > 0; )
        {
            var length = Math.Min(segmentSize, rest.Length);
            _ = TrySend(rest[..length], destination, segmentSize: 0);
            rest = rest[length..];
        }
    }

    private bool TrySend(ReadOnlySpan<byte> data, TransportAddress destination, int segmentSize)
    {
        Span<byte> name = stackalloc byte[AddressSlot];
        var nameLength = SocketAddresses.Write(name, destination, _dualMode);
        var control = SegmentControl(segmentSize);
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
            if (Libc.SendMessage(_sendDescriptor, &message, Libc.MsgDontWait | Libc.MsgNoSignal) >= 0)
            {
                return true;
            }
        }

        return HandleSendError(Marshal.GetLastPInvokeError(), segmentSize > 0, destination);
    }

    // Returns false when the same data should be sent again without segmentation.
    private bool HandleSendError(int error, bool segmented, TransportAddress destination)
    {
        if (segmented && error is Libc.ErrorIo or Libc.ErrorInvalid or Libc.ErrorNotSupported or Libc.ErrorMessageSize)
        {
            // Nothing was sent. EINVAL and EMSGSIZE concern this path alone, whose MTU is below the segment's size; the
            // others mean that the kernel or the device cannot segment at all.
            _segmentation &= error is Libc.ErrorInvalid or Libc.ErrorMessageSize;
            _refusals.Note(destination);
            return false;
        }

        // A full socket buffer or an unreachable destination: the datagram is lost, as datagrams may be.
        SendFailures++;
        return true;
    }

    /// <summary>Where one datagram lies, and how long ago it came.</summary>
    private readonly record struct Segment(int Message, int Offset, int Length, TimeSpan Age);
}
