using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>A synthetic participant's way to the server: ICE, DTLS and SCTP as the client of each, SRTP both ways.</summary>
internal sealed class VirtualTransport : IDisposable
{
    private readonly VirtualSession _session;
    private readonly DtlsAssociation _dtls;
    private readonly Queue<byte[]> _outgoing = new();
    private SrtpSender? _sender;
    private SrtpReceiver? _receiver;
    private bool _started;

    public VirtualTransport(VirtualSession session, DtlsIdentity identity, MonotonicTime now)
    {
        _session = session;
        Ice = new IceClient(session.Local, session.Remote, session.Server, now);
        _dtls = new DtlsAssociation(identity, DtlsRole.Client, session.Fingerprint);
        Channels = new DataChannelSet(
            new SctpAssociation(new SctpOptions { Mtu = _dtls.MaxSendLength }),
            evenStreams: true
        );
    }

    public IceClient Ice { get; }

    public DataChannelSet Channels { get; }

    public bool IsConnected => _dtls.State is DtlsState.Connected;

    /// <summary>Gets a value indicating whether the server has said goodbye.</summary>
    public bool IsClosed => _dtls.State is DtlsState.Closed;

    public bool HasFailed => _dtls.State is DtlsState.Failed || Ice.State is IceClientState.Failed;

    public SrtpProfile Profile => _dtls.SrtpProfile;

    /// <summary>Gets how many packets did not decrypt, replays not counted.</summary>
    public long PacketsRefused { get; private set; }

    /// <summary>Gets how many packets came twice.</summary>
    public long PacketsRepeated { get; private set; }

    public MonotonicTime NextTimeout => Deadline.Soonest(Ice.NextTimeout, _dtls.NextTimeout, Channels.NextTimeout).At;

    public void HandleStun(ReadOnlySpan<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        _ = Ice.HandleDatagram(datagram, remote, now);
        if (Ice.State is IceClientState.Connected && !_started)
        {
            _started = true;
            _dtls.Start(now);
        }

        Drain(now);
    }

    /// <summary>Takes a DTLS datagram.</summary>
    /// <returns>True when the transport has come up with it.</returns>
    public bool HandleDtls(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        var was = IsConnected;
        _ = _dtls.HandleDatagram(datagram, now);
        var isUp = IsConnected && !was;
        if (isUp)
        {
            TakeKeys();
            Channels.Connect(now);
        }

        var packet = new byte[DtlsAssociation.MaxDatagramLength];
        while (_dtls.TryTakeApplicationData(packet, out var length))
        {
            _ = Channels.HandlePacket(packet.AsSpan(0, length), now);
        }

        Drain(now);
        return isUp;
    }

    public bool TryUnprotectRtp(Span<byte> packet, int headerLength, out int length, out PacketIndex index)
    {
        (length, index) = (0, default);
        return _receiver is { } receiver && Note(receiver.UnprotectRtp(packet, headerLength, out length, out index));
    }

    public bool TryUnprotectRtcp(Span<byte> packet, out int length)
    {
        length = 0;
        return _receiver is { } receiver && Note(receiver.UnprotectRtcp(packet, out length));
    }

    /// <summary>Encrypts and queues a packet.</summary>
    /// <param name="packet">Header and payload, and room behind them.</param>
    /// <param name="plain">Where what is.</param>
    public void SendRtp(Span<byte> packet, in PlainPacket plain)
    {
        if (_sender is not { } sender || !IsConnected)
        {
            return;
        }

        var length = sender.ProtectRtp(packet, plain.HeaderLength, plain.PayloadLength, [], plain.Index);
        _outgoing.Enqueue(packet[..length].ToArray());
    }

    /// <summary>Encrypts and queues a compound packet.</summary>
    /// <param name="compound">The compound, and room behind it.</param>
    /// <param name="length">Its length.</param>
    public void SendRtcp(Span<byte> compound, int length)
    {
        if (_sender is { } sender && IsConnected && length > 0)
        {
            _outgoing.Enqueue(compound[..sender.ProtectRtcp(compound, length)].ToArray());
        }
    }

    public void Advance(MonotonicTime now)
    {
        Ice.Advance(now);
        _dtls.Advance(now);
        Channels.Advance(now);
        Drain(now);
    }

    /// <summary>Says goodbye as a browser does whose page is closed.</summary>
    public void Close(MonotonicTime now)
    {
        Channels.Abort(now);
        Drain(now);
        _dtls.Close();
        Drain(now);
    }

    public bool TryTakeDatagram(out byte[] datagram) => _outgoing.TryDequeue(out datagram!);

    /// <summary>Queues everything that ICE, DTLS and SCTP have to say.</summary>
    public void Drain(MonotonicTime now)
    {
        Span<byte> buffer = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (Ice.TryTakeDatagram(buffer, out var length))
        {
            _outgoing.Enqueue(buffer[..length].ToArray());
        }

        while (IsConnected && Channels.TryTakePacket(buffer, now, out var length))
        {
            _ = _dtls.Send(buffer[..length]);
            DrainDtls(buffer);
        }

        DrainDtls(buffer);
    }

    public void Dispose()
    {
        _dtls.Dispose();
        _sender?.Dispose();
        _receiver?.Dispose();
    }

    private void DrainDtls(Span<byte> buffer)
    {
        while (_dtls.TryTakeDatagram(buffer, out var length))
        {
            _outgoing.Enqueue(buffer[..length].ToArray());
        }
    }

    private bool Note(PacketFault fault)
    {
        PacketsRepeated += fault is PacketFault.SrtpReplayed ? 1 : 0;
        PacketsRefused += fault is PacketFault.None or PacketFault.SrtpReplayed ? 0 : 1;
        return fault is PacketFault.None;
    }

    private void TakeKeys()
    {
        var profile = _dtls.SrtpProfile;
        if (profile is SrtpProfile.None)
        {
            return;
        }

        var material = new byte[SrtpKeyMaterial.LengthOf(profile)];
        _ = _dtls.ExportSrtpKeys(material);
        _sender = new SrtpSender(
            profile,
            SrtpKeyMaterial.ClientKey(profile, material),
            SrtpKeyMaterial.ClientSalt(profile, material)
        );
        _receiver = new SrtpReceiver(
            profile,
            SrtpKeyMaterial.ServerKey(profile, material),
            SrtpKeyMaterial.ServerSalt(profile, material)
        );
    }
}
