using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;
using EventMeet.Testing.Peers;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>A client's way to the server: ICE, DTLS and, if asked for, SCTP as the client of each.</summary>
/// <param name="session">What was agreed on.</param>
/// <param name="identity">The clients' certificate.</param>
/// <param name="hasChannel">Whether a data channel was agreed on; the in-call channel is opened.</param>
/// <param name="now">The time.</param>
internal sealed class ClientTransport(VirtualSession session, DtlsIdentity identity, bool hasChannel, MonotonicTime now)
    : IDisposable
{
    private readonly IceClient _ice = new(session.Local, session.Remote, session.Server, now);
    private readonly DtlsAssociation _dtls = new(identity, DtlsRole.Client, session.Fingerprint);
    private DataChannelSet? _channels;
    private bool _started;

    public SrtpSender? Sender { get; private set; }

    public SrtpReceiver? Receiver { get; private set; }

    public bool IsConnected => _dtls.State is DtlsState.Connected;

    /// <summary>Gets a value indicating whether the in-call channel is open, or there is none.</summary>
    public bool IsOpen { get; private set; } = !hasChannel;

    public bool HasFailed => _dtls.State is DtlsState.Failed or DtlsState.Closed || _ice.State is IceClientState.Failed;

    public SrtpProfile Profile => _dtls.SrtpProfile;

    public MonotonicTime NextTimeout =>
        Deadline.Soonest(_ice.NextTimeout, _dtls.NextTimeout, _channels?.NextTimeout ?? Deadline.None).At;

    public void HandleStun(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        _ = _ice.HandleDatagram(datagram, session.Server, now);
        if (_ice.State is IceClientState.Connected && !_started)
        {
            _started = true;
            _dtls.Start(now);
        }
    }

    public void HandleDtls(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        _ = _dtls.HandleDatagram(datagram, now);
        if (IsConnected && Sender is null)
        {
            TakeKeys();
            OpenChannel(now);
        }

        Span<byte> packet = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (_dtls.TryTakeApplicationData(packet, out var length))
        {
            _ = _channels?.HandlePacket(packet[..length], now);
        }

        while (_channels is not null && _channels.TryTakeEvent(out var taken))
        {
            IsOpen |= taken.Kind is DataChannelEventKind.Opened;
        }
    }

    public void Advance(MonotonicTime now)
    {
        _ice.Advance(now);
        _dtls.Advance(now);
        _channels?.Advance(now);
    }

    /// <summary>Gives everything that ICE, DTLS and SCTP have to say.</summary>
    /// <param name="buffer">At least <see cref="DtlsAssociation.MaxDatagramLength"/> bytes.</param>
    /// <param name="now">The time.</param>
    /// <param name="length">Of the datagram.</param>
    public bool TryTakeDatagram(Span<byte> buffer, MonotonicTime now, out int length)
    {
        if (_ice.TryTakeDatagram(buffer, out length) || _dtls.TryTakeDatagram(buffer, out length))
        {
            return true;
        }

        return IsConnected
            && _channels is not null
            && _channels.TryTakePacket(buffer, now, out length)
            && _dtls.Send(buffer[..length])
            && _dtls.TryTakeDatagram(buffer, out length);
    }

    public void Dispose()
    {
        _dtls.Dispose();
        Sender?.Dispose();
        Receiver?.Dispose();
    }

    private void TakeKeys()
    {
        var profile = _dtls.SrtpProfile;
        if (profile is SrtpProfile.None)
        {
            throw new InvalidOperationException("The server agreed on no SRTP profile.");
        }

        var material = new byte[SrtpKeyMaterial.LengthOf(profile)];
        _ = _dtls.ExportSrtpKeys(material);
        Sender = new SrtpSender(
            profile,
            SrtpKeyMaterial.ClientKey(profile, material),
            SrtpKeyMaterial.ClientSalt(profile, material)
        );
        Receiver = new SrtpReceiver(
            profile,
            SrtpKeyMaterial.ServerKey(profile, material),
            SrtpKeyMaterial.ServerSalt(profile, material)
        );
    }

    private void OpenChannel(MonotonicTime now)
    {
        if (!hasChannel)
        {
            return;
        }

        _channels = new DataChannelSet(
            new SctpAssociation(new SctpOptions { Mtu = _dtls.MaxSendLength }),
            evenStreams: true
        );
        _channels.Connect(now);
        var parameters = new DataChannelParameters { Label = "eventmeet", Protocol = "eventmeet.v1" };
        _ = _channels.TryOpen(parameters, now, out _);
    }
}
