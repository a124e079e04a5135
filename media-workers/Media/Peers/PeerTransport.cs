using System.Security.Cryptography;
using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Srtp;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>
/// A peer's way in and out: ICE finds the address, DTLS proves who is there and gives the SRTP keys, SCTP runs inside
/// DTLS. Datagrams go into the peer's train.
/// </summary>
internal sealed class PeerTransport : IDisposable
{
    // More than the in-call channel ever says at once.
    private const int MaxMessage = 64 << 10;

    // Two flights with a long RSA chain; beyond that it is a flood, or will be repeated.
    private const int MaxBacklog = 16 << 10; // bytes

    private readonly EngineContext _context;
    private readonly Outlet _outlet;
    private readonly DtlsAssociation _dtls;
    private readonly DatagramQueue _backlog = new(MaxBacklog);

    public PeerTransport(PeerParameters parameters, Outlet outlet, EngineContext context, MonotonicTime now)
    {
        _context = context;
        _outlet = outlet;
        Ice = new IceLiteAgent(
            new IceCredentials(parameters.Ice.LocalUfrag, parameters.Ice.LocalPwd),
            new IceCredentials(parameters.Ice.RemoteUfrag, parameters.Ice.RemotePwd),
            IceLiteOptions.Default,
            now
        );
        _dtls = new DtlsAssociation(context.Identity, DtlsRole.Server, parameters.Fingerprint);
        if (parameters.Data is { } data)
        {
            var association = new SctpAssociation(
                new SctpOptions
                {
                    LocalPort = (ushort)data.LocalPort,
                    RemotePort = (ushort)data.RemotePort,
                    PeerMaxMessageSize = data.MaxMessageSize is 0
                        ? MaxMessage
                        : Math.Min(data.MaxMessageSize, MaxMessage),
                    Mtu = _dtls.MaxSendLength,
                }
            );

            // RFC 8832 section 6: the DTLS client uses even stream ids, so we use odd ones.
            Channels = new DataChannelSet(association, evenStreams: false);
        }
    }

    public IceLiteAgent Ice { get; }

    /// <summary>Gets the data channels; null when the offer had none.</summary>
    public DataChannelSet? Channels { get; }

    /// <summary>Gets what opens packets; null before the handshake is over.</summary>
    public SrtpReceiver? Receiver { get; private set; }

    /// <summary>Gets a value indicating whether the peer has proved who it is.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Gets why the peer is gone for good; null while it is not.</summary>
    public LeaveReason? Ended =>
        Ice.State is IceState.Failed || _dtls.State is DtlsState.Failed or DtlsState.Closed
            ? IsConnected
                ? _dtls.State is DtlsState.Closed
                    ? LeaveReason.Left
                    : LeaveReason.ConnectionLost
                : LeaveReason.NeverConnected
            : null;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            var sctp = Channels is null ? Deadline.None : Channels.NextTimeout;
            return Deadline.Soonest(Ice.NextTimeout, _dtls.NextTimeout, sctp).At;
        }
    }

    /// <summary>Answers a STUN message.</summary>
    public PacketFault HandleStun(in StunMessage message, TransportAddress remote, MonotonicTime now)
    {
        Span<byte> response = stackalloc byte[IceLiteAgent.MaxResponseLength];
        var fault = Ice.HandleRequest(message, remote, now, response, out var length);
        if (length > 0)
        {
            _context.Yard.Send(remote, response[..length]);
        }

        return fault;
    }

    /// <summary>Gets a value indicating whether datagrams of the handshake wait for its turn.</summary>
    public bool HasBacklog => !_backlog.IsEmpty;

    /// <summary>Takes a DTLS datagram of a peer that is connected.</summary>
    /// <returns>A fault for a datagram from an address that ICE has not validated (RFC 8445 section 12.2 asks for a pair).</returns>
    public PacketFault HandleDtls(ReadOnlySpan<byte> datagram, TransportAddress remote, MonotonicTime now) =>
        Ice.IsValidated(remote) ? HandleDtls(datagram, now) : PacketFault.DtlsBeforeIce;

    /// <summary>Keeps a DTLS datagram of a peer that is not connected, until <see cref="ContinueHandshake"/>.</summary>
    public PacketFault KeepForHandshake(ReadOnlySpan<byte> datagram, TransportAddress remote)
    {
        if (!Ice.IsValidated(remote))
        {
            return PacketFault.DtlsBeforeIce;
        }

        if (datagram.Length > DtlsAssociation.MaxDatagramLength)
        {
            return PacketFault.TooLarge;
        }

        return _backlog.TryEnqueue(datagram) ? PacketFault.None : PacketFault.DtlsBacklogFull;
    }

    /// <summary>Takes the oldest datagram kept; once connected the others as well, which cost little.</summary>
    public void ContinueHandshake(MonotonicTime now)
    {
        Span<byte> datagram = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (_backlog.TryDequeue(datagram, out var length))
        {
            _ = _context.Faults.Count(HandleDtls(datagram[..length], now));
            if (!IsConnected)
            {
                return;
            }
        }

        _backlog.Trim();
    }

    /// <summary>ICE starts anew (RFC 8445 section 9); media goes on by the old path until the new one works.</summary>
    public void Restart(IceParameters ice, MonotonicTime now) =>
        Ice.Restart(
            new IceCredentials(ice.LocalUfrag, ice.LocalPwd),
            new IceCredentials(ice.RemoteUfrag, ice.RemotePwd),
            now
        );

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        Ice.Advance(now);
        _dtls.Advance(now);
        Channels?.Advance(now);
    }

    /// <summary>Moves what SCTP and DTLS have to say into the train.</summary>
    public void Drain(MonotonicTime now)
    {
        if (Ice.Destination is not { } destination)
        {
            return;
        }

        _outlet.Train.Destination = destination;
        if (Channels is not null && IsConnected)
        {
            Span<byte> packet = stackalloc byte[DtlsAssociation.MaxDatagramLength];
            while (Channels.TryTakePacket(packet, now, out var length))
            {
                _ = _dtls.Send(packet[..length]);
                TakeDtlsDatagrams();
            }
        }

        TakeDtlsDatagrams();
    }

    /// <summary>Says goodbye: what the page is told last must have been drained before.</summary>
    public void Close(MonotonicTime now)
    {
        _dtls.Close();
        Drain(now);
    }

    public void Dispose()
    {
        _dtls.Dispose();
        Receiver?.Dispose();
    }

    private PacketFault HandleDtls(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        var fault = _dtls.HandleDatagram(datagram, now);
        if (!IsConnected && _dtls.State is DtlsState.Connected)
        {
            IsConnected = true;
            TakeKeys();
        }

        Span<byte> packet = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (_dtls.TryTakeApplicationData(packet, out var length))
        {
            fault = Channels is null ? PacketFault.UnknownProtocol : Channels.HandlePacket(packet[..length], now);
        }

        return fault;
    }

    private void TakeKeys()
    {
        var profile = _dtls.SrtpProfile;
        if (profile is SrtpProfile.None)
        {
            // Data channels alone, or a peer whose media nobody can open.
            return;
        }

        Span<byte> material = stackalloc byte[SrtpKeyMaterial.MaxLength];
        material = material[..SrtpKeyMaterial.LengthOf(profile)];
        _ = _dtls.ExportSrtpKeys(material);
        _outlet.Sender = new SrtpSender(
            profile,
            SrtpKeyMaterial.ServerKey(profile, material),
            SrtpKeyMaterial.ServerSalt(profile, material)
        );
        Receiver = new SrtpReceiver(
            profile,
            SrtpKeyMaterial.ClientKey(profile, material),
            SrtpKeyMaterial.ClientSalt(profile, material)
        );
        CryptographicOperations.ZeroMemory(material);
    }

    private void TakeDtlsDatagrams()
    {
        while (_dtls.HasDatagram && _context.Yard.TryReserve(_outlet.Train, out var free))
        {
            _ = _dtls.TryTakeDatagram(free, out var length);
            TrainYard.Commit(_outlet.Train, length);
        }
    }
}
