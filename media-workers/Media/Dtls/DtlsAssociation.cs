using System.Buffers.Binary;
using System.Diagnostics;
using EventMeet.Media.Dtls.Interop;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Dtls;

/// <summary>
/// One DTLS 1.2 association (RFC 6347) with use_srtp (RFC 5764): datagrams in, datagrams and application data out, keys
/// for SRTP. Feed it only datagrams from addresses that ICE has validated. After one input, drain both outputs.
/// </summary>
internal sealed class DtlsAssociation : IDisposable
{
    /// <summary>The longest datagram taken, in bytes.</summary>
    public const int MaxDatagramLength = 2048;

    // Header 13, explicit nonce 8, tag 16: the most that a cipher suite of ours adds to a record.
    private const int RecordOverhead = DtlsRecord.HeaderLength + 8 + 16;

    // A flight is 1 to 2 KB; an RSA certificate of 4096 bits adds as much.
    private const int MaxFlightLength = 8192;

    // OpenSSL keeps each record that came before its keys in a buffer of 17 KB; a client's Finished and some data of
    // its impatience need no more.
    private const int MaxEarlyRecords = 8;

    private readonly DtlsOptions _options;
    private readonly SslSession _session;
    private readonly DtlsFlight _flight = new();
    private readonly DatagramQueue _outbound;
    private readonly DatagramQueue _received;
    private MonotonicTime _handshakeEnds = MonotonicTime.Never;
    private ulong _nextNumber;
    private int _earlyRecords;
    private bool _handshakeMemoryIsHeld = true;

    /// <summary>Initializes a new instance of the <see cref="DtlsAssociation"/> class.</summary>
    /// <param name="identity">Our certificate; may be disposed before the association.</param>
    /// <param name="role">Which end we are.</param>
    /// <param name="expected">The fingerprint of the peer's certificate, from its SDP.</param>
    /// <param name="options">Bounds; the defaults when null.</param>
    public DtlsAssociation(DtlsIdentity identity, DtlsRole role, DtlsFingerprint expected, DtlsOptions? options = null)
    {
        _options = options ?? DtlsOptions.Default;
        Role = role;
        _outbound = new(_options.MaxOutboundLength);
        _received = new(_options.MaxReceivedLength);
        _session = new(identity.Context, role, expected, _options.Mtu);
    }

    /// <summary>Gets which end we are.</summary>
    public DtlsRole Role { get; }

    /// <summary>Gets where it stands.</summary>
    public DtlsState State { get; private set; }

    /// <summary>Gets the SRTP profile agreed on; none before it is connected, or when the peer offered none of ours.</summary>
    public SrtpProfile SrtpProfile { get; private set; }

    /// <summary>Gets how many bytes <see cref="Send"/> takes at most.</summary>
    public int MaxSendLength => _options.Mtu - RecordOverhead;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public Deadline NextTimeout =>
        State == DtlsState.Handshaking
            ? new(MonotonicTime.Soonest(_handshakeEnds, _flight.NextAt), WakeReason.DtlsRetransmission)
            : Deadline.None;

    /// <summary>Sends the ClientHello; a client's first call.</summary>
    public void Start(MonotonicTime now)
    {
        if (Role != DtlsRole.Client || State != DtlsState.New)
        {
            throw new InvalidOperationException("Only a client starts, and once.");
        }

        Begin(now);
        _ = ContinueHandshake([], now);
    }

    /// <summary>Takes a datagram whose first byte says DTLS.</summary>
    public PacketFault HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (datagram.Length > MaxDatagramLength)
        {
            return PacketFault.TooLarge;
        }

        var fault = DtlsRecord.Check(datagram);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        switch (State)
        {
            case DtlsState.Connected:
                return Receive(datagram);
            case DtlsState.Handshaking:
                return ContinueHandshake(datagram, now);
            case DtlsState.New when Role == DtlsRole.Server:
                Begin(now);
                return ContinueHandshake(datagram, now);
            default:
                return PacketFault.DtlsRefused;
        }
    }

    /// <summary>Notes that time has passed: sends the last flight again, or gives the handshake up.</summary>
    public void Advance(MonotonicTime now)
    {
        if (State != DtlsState.Handshaking)
        {
            return;
        }

        if (now >= _handshakeEnds)
        {
            Move(DtlsInput.Broken);
        }
        else if (_flight.TryAdvance(now))
        {
            Emit(_flight.Datagrams);
        }
    }

    /// <summary>Encrypts application data; false when not connected or when too much waits already.</summary>
    /// <param name="data">1 to <see cref="MaxSendLength"/> bytes; sent as one record in one datagram.</param>
    public bool Send(ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfZero(data.Length, nameof(data));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, MaxSendLength, nameof(data));
        if (State != DtlsState.Connected)
        {
            return false;
        }

        Span<byte> outbound = stackalloc byte[MaxDatagramLength];
        var outcome = _session.Write(data, outbound, out var length);
        _session.ReleaseBuffers();
        return Emit(outbound[..length]) && outcome == SslOutcome.Done;
    }

    /// <summary>Says goodbye with close_notify; what arrives afterwards is refused.</summary>
    public void Close()
    {
        if (State == DtlsState.Connected)
        {
            SayGoodbye();
        }

        Move(DtlsInput.CloseNotify);
    }

    /// <summary>Gives a datagram to send.</summary>
    /// <param name="destination">At least as long as the MTU.</param>
    /// <param name="length">How long the datagram is.</param>
    public bool TryTakeDatagram(Span<byte> destination, out int length)
    {
        if (_outbound.TryDequeue(destination, out length))
        {
            return true;
        }

        if (_handshakeMemoryIsHeld && State != DtlsState.Handshaking)
        {
            // Many peers never open a data channel: what the flights grew is given back once.
            _handshakeMemoryIsHeld = false;
            _outbound.Trim();
        }

        return false;
    }

    /// <summary>Gives the data of one record.</summary>
    /// <param name="destination">At least <see cref="MaxDatagramLength"/> bytes.</param>
    /// <param name="length">How long the data is.</param>
    public bool TryTakeApplicationData(Span<byte> destination, out int length) =>
        _received.TryDequeue(destination, out length);

    /// <summary>Exports the SRTP keys and salts as RFC 5764 section 4.2 lays them out; wipe them after use.</summary>
    /// <param name="material">As many bytes as <see cref="SrtpKeyMaterial.LengthOf"/> says.</param>
    /// <returns>False when not connected or when no profile was agreed on.</returns>
    public bool ExportSrtpKeys(Span<byte> material)
    {
        if (State != DtlsState.Connected || SrtpProfile == SrtpProfile.None)
        {
            return false;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(
            material.Length,
            SrtpKeyMaterial.LengthOf(SrtpProfile),
            nameof(material)
        );
        return _session.TryExport(SrtpKeyMaterial.ExporterLabel, material);
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private void Begin(MonotonicTime now)
    {
        _handshakeEnds = now + _options.HandshakeTimeout;
        Move(DtlsInput.Begun);
    }

    private PacketFault ContinueHandshake(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        var admitted = AdmitEarly(datagram);
        Span<byte> outbound = stackalloc byte[MaxFlightLength];
        var outcome = _session.Handshake(datagram[..admitted], outbound, out var length);
        outbound = outbound[..length];
        if (outcome == SslOutcome.WantsInput && length > 0)
        {
            _flight.Start(outbound, now);
        }

        _ = Emit(outbound);
        switch (outcome)
        {
            case SslOutcome.Done:
                Connect();
                return Receive([]);
            case SslOutcome.WantsInput:
                return admitted < datagram.Length ? PacketFault.QueueFull : PacketFault.None;
            default:
                Move(DtlsInput.Broken);
                return _session.CertificateMismatched
                    ? PacketFault.DtlsWrongFingerprint
                    : PacketFault.DtlsHandshakeFailed;
        }
    }

    private int AdmitEarly(ReadOnlySpan<byte> datagram)
    {
        var epochZero = DtlsRecord.LengthOfEpochZero(datagram);
        return epochZero == datagram.Length || _earlyRecords++ < MaxEarlyRecords ? datagram.Length : epochZero;
    }

    private void Connect()
    {
        // From here OpenSSL answers a repeated Finished with our last flight by itself (RFC 6347 section 4.2.4).
        SrtpProfile = _session.SrtpProfile;
        Move(DtlsInput.HandshakeDone);
    }

    private PacketFault Receive(ReadOnlySpan<byte> datagram)
    {
        Span<byte> data = stackalloc byte[MaxDatagramLength];
        Span<byte> outbound = stackalloc byte[MaxDatagramLength];
        var fault = PacketFault.None;
        while (true)
        {
            var outcome = _session.Read(datagram, data, out var dataLength, outbound, out var length);
            datagram = [];
            _ = Emit(outbound[..length]);
            switch (outcome)
            {
                case SslOutcome.Done:
                    fault = _received.TryEnqueue(data[..dataLength]) ? fault : PacketFault.QueueFull;
                    break;
                case SslOutcome.WantsInput:
                    _session.ReleaseBuffers();
                    return fault;
                case SslOutcome.Closed:
                    SayGoodbye();
                    Move(DtlsInput.CloseNotify);
                    return fault;
                default:
                    Move(DtlsInput.Broken);
                    return PacketFault.DtlsRefused;
            }
        }
    }

    private void SayGoodbye()
    {
        Span<byte> outbound = stackalloc byte[MaxDatagramLength];
        _session.Shutdown(outbound, out var length);
        _ = Emit(outbound[..length]);
    }

    private bool Emit(ReadOnlySpan<byte> datagrams)
    {
        Span<byte> datagram = stackalloc byte[MaxDatagramLength];
        var everyOneFits = true;
        while (!datagrams.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(datagrams);
            Debug.Assert(length <= _options.Mtu, "OpenSSL keeps to the MTU that it was given.");
            var numbered = datagram[..length];
            datagrams.Slice(sizeof(ushort), length).CopyTo(numbered);
            datagrams = datagrams[(sizeof(ushort) + length)..];
            DtlsRecord.Renumber(numbered, ref _nextNumber);
            everyOneFits &= _outbound.TryEnqueue(numbered);
        }

        return everyOneFits;
    }

    private void Move(DtlsInput input)
    {
        State = DtlsStateMachine.Next(State, input);
        if (State != DtlsState.Handshaking)
        {
            _flight.Stop();
        }
    }
}
