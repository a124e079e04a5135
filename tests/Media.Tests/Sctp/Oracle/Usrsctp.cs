using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventMeet.Media.Tests.Sctp.Oracle;

/// <summary>
/// One endpoint of usrsctp, the SCTP implementation of FreeBSD and Firefox, driven without threads. Needs libusrsctp.so.2
/// (Debian: libusrsctp2) where the loader finds it; see <see cref="IsPresent"/>.
/// </summary>
internal sealed unsafe partial class Usrsctp
{
    private const string Library = "libusrsctp.so.2";
    private const int Family = 123; // AF_CONN
    private const int Protocol = 132; // IPPROTO_SCTP
    private const int Notification = 0x2000;
    private const int EndOfRecord = 0x80;

    private static readonly Dictionary<nint, Queue<byte[]>> Wires = [];
    private static nint s_nextAddress = 1;

    private readonly nint _address;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private nint _listener;
    private nint _socket;
    private int _filled;

    public Usrsctp()
    {
        if (s_nextAddress == 1)
        {
            Init(0, &Output, 0);
        }

        _address = s_nextAddress++;
        Wires[_address] = new();
        RegisterAddress(_address);
        _socket = Open(Family, 1, Protocol, 0, 0, 0, 0);
        Assert.NotEqual(0, _socket);
        Configure(_socket);
    }

    public static bool IsPresent { get; } = NativeLibrary.TryLoad(Library, out _);

    public List<(ushort StreamId, uint Ppid, byte[] Payload)> Messages { get; } = [];

    /// <summary>Gets notifications: association change states, and "reset 3 in" or "reset 3 out".</summary>
    public List<string> Log { get; } = [];

    public void Connect()
    {
        Bind();
        var address = Address();
        // In progress is what a socket that does not block says.
        _ = Connect(_socket, address, sizeof(SocketAddress));
        NativeMemory.Free(address);
    }

    public void Listen()
    {
        Bind();
        Assert.Equal(0, Listen(_socket, 1));
        (_listener, _socket) = (_socket, 0);
    }

    public bool TrySend(
        ushort streamId,
        uint ppid,
        byte[] payload,
        bool unordered = false,
        (ushort Policy, uint Value)? limit = null
    )
    {
        var attributes = new SendAttributes
        {
            Flags = limit is null ? 1u : 3u, // which of the parts are valid
            StreamId = streamId,
            SendFlags = (ushort)(unordered ? 0x400 : 0),
            Ppid = BinaryPrimitives.ReverseEndianness(ppid),
            Policy = limit?.Policy ?? 0,
            Value = limit?.Value ?? 0,
        };
        fixed (byte* data = payload)
        {
            return Send(_socket, data, (nuint)payload.Length, 0, 0, &attributes, (uint)sizeof(SendAttributes), 4, 0)
                == payload.Length;
        }
    }

    public void Reset(ushort streamId)
    {
        var option = stackalloc ushort[5] { 0, 0, 2, 1, streamId };
        Assert.Equal(0, SetOption(_socket, Protocol, 2305, option, 10));
    }

    public void Handle(byte[] packet)
    {
        fixed (byte* data = packet)
        {
            Input(_address, data, (nuint)packet.Length, 0);
        }

        Poll();
    }

    public static void Advance(uint milliseconds) => HandleTimers(milliseconds);

    public void Poll()
    {
        if (_listener != 0 && _socket == 0)
        {
            _socket = Accept(_listener, null, null);
            if (_socket != 0)
            {
                Configure(_socket);
            }
        }

        while (_socket != 0 && Receive()) { }
    }

    public List<byte[]> TakePackets()
    {
        List<byte[]> packets = [.. Wires[_address]];
        Wires[_address].Clear();
        return packets;
    }

    /// <summary>Closes the sockets.</summary>
    public void End()
    {
        foreach (var socket in new[] { _socket, _listener })
        {
            if (socket != 0)
            {
                Close(socket);
            }
        }

        DeregisterAddress(_address);
    }

    private bool Receive()
    {
        var information = stackalloc byte[64];
        uint informationLength = 64;
        uint kind = 0;
        var flags = 0;
        nint length;
        fixed (byte* data = _buffer)
        {
            length = Receive(
                _socket,
                data + _filled,
                (nuint)(_buffer.Length - _filled),
                null,
                null,
                information,
                &informationLength,
                &kind,
                &flags
            );
        }

        if (length <= 0)
        {
            return false;
        }

        _filled += (int)length;
        if ((flags & EndOfRecord) == 0)
        {
            return true;
        }

        var payload = _buffer[.._filled];
        _filled = 0;
        if ((flags & Notification) != 0)
        {
            Note(payload);
            return true;
        }

        var ppid = BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(information + 8, 4));
        Messages.Add((*(ushort*)information, ppid, payload));
        return true;
    }

    private void Note(byte[] notification)
    {
        var (type, flags) = (BitConverter.ToUInt16(notification), BitConverter.ToUInt16(notification, 2));
        if (type == 1)
        {
            Log.Add($"association {BitConverter.ToUInt16(notification, 8)}"); // 1 up, 2 lost, 3 restart, 4 shut down
            return;
        }

        for (var at = 12; at < notification.Length; at += 2)
        {
            Log.Add($"reset {BitConverter.ToUInt16(notification, at)} {((flags & 1) != 0 ? "in" : "out")}");
        }
    }

    private void Bind()
    {
        var address = Address();
        Assert.Equal(0, Bind(_socket, address, (uint)sizeof(SocketAddress)));
        NativeMemory.Free(address);
    }

    private SocketAddress* Address()
    {
        var address = (SocketAddress*)NativeMemory.Alloc((nuint)sizeof(SocketAddress));
        *address = new()
        {
            Family = Family,
            Port = BinaryPrimitives.ReverseEndianness((ushort)5000),
            Value = _address,
        };
        return address;
    }

    private static void Configure(nint socket)
    {
        Assert.Equal(0, SetNonBlocking(socket, 1));
        var one = 1;
        Assert.Equal(0, SetOption(socket, Protocol, 4, &one, 4)); // SCTP_NODELAY
        Assert.Equal(0, SetOption(socket, Protocol, 31, &one, 4)); // SCTP_RECVRCVINFO
        var reset = stackalloc uint[2] { 2, 7 };
        Assert.Equal(0, SetOption(socket, Protocol, 2304, reset, 8)); // SCTP_ENABLE_STREAM_RESET
        reset[0] = 0;
        _ = SetOption(socket, Protocol, 2304, reset, 8);
        var streams = stackalloc ushort[4] { 1024, 2048, 0, 0 };
        _ = SetOption(socket, Protocol, 3, streams, 8); // SCTP_INITMSG
        var subscription = stackalloc ushort[4] { 0, 0, 0, 1 };
        foreach (var type in new ushort[] { 1, 9 })
        {
            subscription[2] = type;
            Assert.Equal(0, SetOption(socket, Protocol, 30, subscription, 8)); // SCTP_EVENT
        }

        var timeouts = stackalloc uint[4] { 0, 500, 2000, 200 }; // initial, largest, smallest, milliseconds
        _ = SetOption(socket, Protocol, 1, timeouts, 16); // SCTP_RTOINFO
        var size = 1024 * 1024;
        _ = SetOption(socket, 1, 7, &size, 4); // SO_SNDBUF
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Output(nint address, byte* packet, nuint length, byte typeOfService, byte doNotFragment)
    {
        Wires[address].Enqueue(new ReadOnlySpan<byte>(packet, (int)length).ToArray());
        return 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct SocketAddress
    {
        public ushort Family;
        public ushort Port;
        public nint Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct SendAttributes
    {
        public uint Flags;
        public ushort StreamId;
        public ushort SendFlags;
        public uint Ppid;
        public uint Context;
        public uint Association;
        public ushort Policy;
        public uint Value;
        public uint Authentication;
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_init_nothreads")]
    private static partial void Init(
        ushort port,
        delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte, byte, int> output,
        nint log
    );

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_register_address")]
    private static partial void RegisterAddress(nint address);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_deregister_address")]
    private static partial void DeregisterAddress(nint address);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_socket")]
    private static partial nint Open(
        int domain,
        int type,
        int protocol,
        nint receive,
        nint send,
        uint threshold,
        nint user
    );

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_bind")]
    private static partial int Bind(nint socket, SocketAddress* name, uint length);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_listen")]
    private static partial int Listen(nint socket, int backlog);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_accept")]
    private static partial nint Accept(nint socket, SocketAddress* name, uint* length);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_connect")]
    private static partial int Connect(nint socket, SocketAddress* name, int length);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_setsockopt")]
    private static partial int SetOption(nint socket, int level, int name, void* value, uint length);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_set_non_blocking")]
    private static partial int SetNonBlocking(nint socket, int on);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_sendv")]
    private static partial nint Send(
        nint socket,
        void* data,
        nuint length,
        nint to,
        int count,
        void* information,
        uint informationLength,
        uint kind,
        int flags
    );

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_recvv")]
    private static partial nint Receive(
        nint socket,
        void* data,
        nuint length,
        void* from,
        uint* fromLength,
        void* information,
        uint* informationLength,
        uint* kind,
        int* flags
    );

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_conninput")]
    private static partial void Input(nint address, void* data, nuint length, byte congestion);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_handle_timers")]
    private static partial void HandleTimers(uint milliseconds);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport(Library, EntryPoint = "usrsctp_close")]
    private static partial void Close(nint socket);
}
