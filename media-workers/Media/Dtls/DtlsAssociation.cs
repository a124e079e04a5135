using System.Security.Cryptography;
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
    private const int RecordOverhead = DtlsRecord.HeaderLength + 8 + DtlsAead.TagLength;

    private const int AlertLength = 2;
    private const byte WarningLevel = 1;
    private const byte FatalLevel = 2;
    private const byte CloseNotify = 0;
    private const byte FinishedMessage = 20;

    private readonly DtlsOptions _options;
    private readonly DtlsOutbox _outbox;
    private readonly DatagramQueue _received;
    private DtlsHandshake? _handshake;
    private DtlsProtection? _protection;
    private byte[] _srtpKeys = [];
    private bool _flightMemoryIsHeld = true;

    /// <summary>Initializes a new instance of the <see cref="DtlsAssociation"/> class.</summary>
    /// <param name="identity">Our certificate; it may be disposed from now on.</param>
    /// <param name="role">Which end we are.</param>
    /// <param name="expected">The fingerprint of the peer's certificate, from its SDP.</param>
    /// <param name="options">Bounds; the defaults when null.</param>
    public DtlsAssociation(DtlsIdentity identity, DtlsRole role, DtlsFingerprint expected, DtlsOptions? options = null)
    {
        _options = options ?? DtlsOptions.Default;
        Role = role;
        _outbox = new(_options.Mtu, _options.MaxOutboundLength);
        _received = new(_options.MaxReceivedLength);
        _handshake = new(identity, role, expected, _options, _outbox);
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
        State == DtlsState.Handshaking ? new(_handshake!.NextAt, WakeReason.DtlsRetransmission) : Deadline.None;

    /// <summary>Sends the ClientHello; a client's first call.</summary>
    public void Start(MonotonicTime now)
    {
        if (Role != DtlsRole.Client || State != DtlsState.New)
        {
            throw new InvalidOperationException("Only a client starts, and once.");
        }

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

        return State switch
        {
            DtlsState.Connected => Receive(datagram),
            DtlsState.Handshaking => ContinueHandshake(datagram, now),
            DtlsState.New when Role == DtlsRole.Server => ContinueHandshake(datagram, now),
            _ => PacketFault.DtlsRefused,
        };
    }

    /// <summary>Notes that time has passed: sends the last flight again, or gives the handshake up.</summary>
    public void Advance(MonotonicTime now)
    {
        if (State == DtlsState.Handshaking && !_handshake!.TryAdvance(now))
        {
            Move(DtlsInput.Broken);
        }
    }

    /// <summary>Encrypts application data; false when not connected or when too much waits already.</summary>
    /// <param name="data">1 to <see cref="MaxSendLength"/> bytes; sent as one record in one datagram.</param>
    public bool Send(ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfZero(data.Length, nameof(data));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, MaxSendLength, nameof(data));
        return State == DtlsState.Connected && SendRecord(DtlsContentType.ApplicationData, data);
    }

    /// <summary>Says goodbye with close_notify; what arrives afterwards is refused.</summary>
    public void Close()
    {
        if (State == DtlsState.Connected)
        {
            _ = SendRecord(DtlsContentType.Alert, [WarningLevel, CloseNotify]);
        }

        Move(DtlsInput.CloseNotify);
    }

    /// <summary>Gets a value indicating whether a datagram waits to be sent.</summary>
    public bool HasDatagram => _outbox.HasDatagram;

    /// <summary>Gives a datagram to send.</summary>
    /// <param name="destination">At least as long as the MTU.</param>
    /// <param name="length">How long the datagram is.</param>
    public bool TryTakeDatagram(Span<byte> destination, out int length)
    {
        var taken = _outbox.TryTake(destination, out length);
        if (_flightMemoryIsHeld && State == DtlsState.Connected && !HasDatagram)
        {
            // What the flights grew is given back once: many peers send little over this path afterwards.
            _flightMemoryIsHeld = false;
            _outbox.Trim();
        }

        return taken;
    }

    /// <summary>Gives the data of one record.</summary>
    /// <param name="destination">At least <see cref="MaxDatagramLength"/> bytes.</param>
    /// <param name="length">How long the data is.</param>
    public bool TryTakeApplicationData(Span<byte> destination, out int length) =>
        _received.TryDequeue(destination, out length);

    /// <summary>
    /// Gives the SRTP keys and salts as RFC 5764 section 4.2 lays them out, once: they are wiped here, and the caller
    /// wipes its copy after use.
    /// </summary>
    /// <param name="material">As many bytes as <see cref="SrtpKeyMaterial.LengthOf"/> says.</param>
    /// <returns>False when not connected, when no profile was agreed on, or the second time.</returns>
    public bool ExportSrtpKeys(Span<byte> material)
    {
        if (State != DtlsState.Connected || _srtpKeys.Length == 0)
        {
            return false;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(material.Length, _srtpKeys.Length, nameof(material));
        _srtpKeys.CopyTo(material);
        WipeSrtpKeys();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handshake?.Dispose();
        _protection?.Dispose();
        WipeSrtpKeys();
    }

    private PacketFault ContinueHandshake(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        var handshake = _handshake!;
        Move(DtlsInput.Begun);
        switch (handshake.Continue(datagram, now))
        {
            case SslOutcome.Done:
                return Connect(handshake);
            case SslOutcome.WantsInput:
                return PacketFault.None;
            default:
                var fault = handshake.CertificateMismatched
                    ? PacketFault.DtlsWrongFingerprint
                    : PacketFault.DtlsHandshakeFailed;
                Move(DtlsInput.Broken);
                return fault;
        }
    }

    private PacketFault Connect(DtlsHandshake handshake)
    {
        var early = handshake.DrainEarlyData(_received);
        _protection = handshake.TakeProtection();
        SrtpProfile = handshake.SrtpProfile;
        _srtpKeys = SrtpProfile == SrtpProfile.None ? [] : new byte[SrtpKeyMaterial.LengthOf(SrtpProfile)];
        if (_protection is null || !handshake.TryExportSrtpKeys(_srtpKeys))
        {
            Move(DtlsInput.Broken);
            return PacketFault.DtlsHandshakeFailed;
        }

        Move(DtlsInput.HandshakeDone);
        if (early != SslOutcome.WantsInput)
        {
            Close();
        }

        return PacketFault.None;
    }

    private PacketFault Receive(ReadOnlySpan<byte> datagram)
    {
        Span<byte> plaintext = stackalloc byte[MaxDatagramLength];
        var fault = PacketFault.None;
        while (State == DtlsState.Connected && DtlsRecord.TryCut(ref datagram, out var record))
        {
            // Nothing in clear is believed any more; of a repeated flight only its Finished matters.
            if (DtlsRecord.EpochOf(record) == 0)
            {
                continue;
            }

            var refused = _protection!.TryOpen(record, plaintext, out var length);
            if (refused == PacketFault.None)
            {
                refused = HandleRecord(DtlsRecord.TypeOf(record), plaintext[..length]);
            }

            fault = fault == PacketFault.None ? refused : fault;
        }

        return fault;
    }

    private PacketFault HandleRecord(DtlsContentType type, ReadOnlySpan<byte> plaintext)
    {
        switch (type)
        {
            case DtlsContentType.ApplicationData:
                return _received.TryEnqueue(plaintext) ? PacketFault.None : PacketFault.QueueFull;
            case DtlsContentType.Alert when plaintext.Length == AlertLength:
                HandleAlert(plaintext[0], plaintext[1]);
                return PacketFault.None;
            case DtlsContentType.Handshake when plaintext is [FinishedMessage, ..] && Role == DtlsRole.Server:
                RepeatLastFlight();
                return PacketFault.None;
            case DtlsContentType.Handshake:
                // HelloRequest or ClientHello: renegotiation is refused by silence (RFC 5246 section 7.4.1.1).
                return PacketFault.DtlsRefused;
            default:
                return PacketFault.Malformed;
        }
    }

    private void HandleAlert(byte level, byte description)
    {
        if (description == CloseNotify)
        {
            // RFC 5246 section 7.2.1: the answer to close_notify is close_notify.
            Close();
        }
        else if (level == FatalLevel)
        {
            Move(DtlsInput.Broken);
        }
    }

    // RFC 6347 section 4.2.4: a client that repeats its Finished has not seen ours.
    private void RepeatLastFlight()
    {
        Span<byte> datagram = stackalloc byte[MaxDatagramLength];
        DtlsRecord.WriteHeader(datagram, DtlsContentType.ChangeCipherSpec, epoch: 0, number: 0, fragmentLength: 1);
        datagram[DtlsRecord.HeaderLength] = 1;
        const int ChangeCipherSpecLength = DtlsRecord.HeaderLength + 1;
        var length = ChangeCipherSpecLength + _protection!.SealFinished(datagram[ChangeCipherSpecLength..]);
        _ = _outbox.Emit(datagram[..length]);
    }

    private bool SendRecord(DtlsContentType type, ReadOnlySpan<byte> plaintext)
    {
        Span<byte> datagram = stackalloc byte[MaxDatagramLength];
        return _outbox.Emit(datagram[.._protection!.Seal(type, plaintext, datagram)]);
    }

    private void WipeSrtpKeys()
    {
        CryptographicOperations.ZeroMemory(_srtpKeys);
        _srtpKeys = [];
    }

    private void Move(DtlsInput input)
    {
        State = DtlsStateMachine.Next(State, input);
        if (State is DtlsState.Connected or DtlsState.Failed or DtlsState.Closed)
        {
            _handshake?.Dispose();
            _handshake = null;
        }
    }
}
