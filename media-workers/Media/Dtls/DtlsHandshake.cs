using EventMeet.Media.Dtls.Interop;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Dtls;

/// <summary>
/// An association while OpenSSL leads it: from the first ClientHello until both Finished are verified. What lives on is
/// the record protection and the SRTP keys; OpenSSL's 76 KB do not.
/// </summary>
internal sealed class DtlsHandshake : IDisposable
{
    // A flight is 1 to 2 KB; an RSA certificate of 4096 bits adds as much.
    private const int MaxFlightLength = 8192;

    // OpenSSL keeps each record that came before its keys in a buffer of 17 KB; a client's Finished, sent a few times,
    // and some data of its impatience need no more.
    private const int MaxEarlyRecords = 8;

    private readonly DtlsRole _role;
    private readonly DtlsOutbox _outbox;
    private readonly SslSession _session;
    private readonly DtlsFlight _flight = new();
    private readonly ulong[] _earlyNumbers = new ulong[MaxEarlyRecords];
    private readonly TimeSpan _timeout;
    private MonotonicTime _endsAt = MonotonicTime.Never;
    private DtlsProtection? _protection;
    private int _earlyCount;

    /// <summary>Initializes a new instance of the <see cref="DtlsHandshake"/> class.</summary>
    public DtlsHandshake(
        DtlsIdentity identity,
        DtlsRole role,
        DtlsFingerprint expected,
        DtlsOptions options,
        DtlsOutbox outbox
    )
    {
        _role = role;
        _outbox = outbox;
        _session = new(identity.Context, role, expected, options.Mtu);
        _timeout = options.HandshakeTimeout;
    }

    /// <summary>Gets when to call <see cref="TryAdvance"/>.</summary>
    public MonotonicTime NextAt => MonotonicTime.Soonest(_endsAt, _flight.NextAt);

    /// <summary>Gets a value indicating whether the peer showed another certificate than expected.</summary>
    public bool CertificateMismatched => _session.CertificateMismatched;

    /// <summary>Gets what use_srtp agreed on.</summary>
    public SrtpProfile SrtpProfile => _session.SrtpProfile;

    /// <summary>Goes on with a datagram, or begins with none; the deadline runs from the first call.</summary>
    public SslOutcome Continue(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        _endsAt = MonotonicTime.Soonest(_endsAt, now + _timeout);
        Span<byte> outbound = stackalloc byte[MaxFlightLength];
        var outcome = _session.Handshake(datagram[..Admit(datagram)], outbound, out var length);
        ReadOnlySpan<byte> batch = outbound[..length];

        // Once we number our own protected records, one of OpenSSL's could repeat a number: it is left out.
        var alreadyProtected = _protection is not null;
        if (!alreadyProtected && outcome != SslOutcome.Failed)
        {
            _protection = TryProtect(batch);
        }

        if (outcome == SslOutcome.WantsInput && !batch.IsEmpty)
        {
            _flight.Start(batch, now);
        }

        _outbox.EmitBatch(batch, onlyEpochZero: alreadyProtected);
        return outcome;
    }

    /// <summary>Sends the last flight again if it is due; false when the handshake has taken too long.</summary>
    public bool TryAdvance(MonotonicTime now)
    {
        if (now >= _endsAt)
        {
            return false;
        }

        if (_flight.TryAdvance(now))
        {
            _outbox.EmitBatch(_flight.Datagrams, onlyEpochZero: true);
            if (_protection is not null)
            {
                Span<byte> finished = stackalloc byte[DtlsAssociation.MaxDatagramLength];
                _ = _outbox.Emit(finished[.._protection.SealFinished(finished)]);
            }
        }

        return true;
    }

    /// <summary>Gives what OpenSSL decrypted of data that came with or before the peer's last flight.</summary>
    public SslOutcome DrainEarlyData(DatagramQueue received)
    {
        Span<byte> data = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (true)
        {
            var outcome = _session.Read(data, out var length);
            if (outcome != SslOutcome.Done)
            {
                return outcome;
            }

            _ = received.TryEnqueue(data[..length]);
        }
    }

    /// <summary>Hands the record protection over; null when OpenSSL did not give its secrets.</summary>
    public DtlsProtection? TakeProtection()
    {
        var taken = _protection;
        _protection = null;
        taken?.RefuseRepeated(_earlyNumbers.AsSpan(0, _earlyCount));
        return taken;
    }

    /// <summary>Exports the SRTP keys and salts.</summary>
    public bool TryExportSrtpKeys(Span<byte> material) => _session.TryExport(SrtpKeyMaterial.ExporterLabel, material);

    /// <inheritdoc/>
    public void Dispose()
    {
        _protection?.Dispose();
        _session.Dispose();
    }

    private int Admit(ReadOnlySpan<byte> datagram)
    {
        var rest = datagram;
        while (DtlsRecord.TryCut(ref rest, out var record))
        {
            if (DtlsRecord.EpochOf(record) == 0)
            {
                continue;
            }

            if (_earlyCount == MaxEarlyRecords)
            {
                return datagram.Length - rest.Length - record.Length;
            }

            _earlyNumbers[_earlyCount++] = DtlsRecord.NumberOf(record);
        }

        return datagram.Length - rest.Length;
    }

    // The batch that holds our Finished is the first with a protected record, and the keys exist as soon as it does.
    private DtlsProtection? TryProtect(ReadOnlySpan<byte> batch)
    {
        while (DtlsOutbox.TryCut(ref batch, out var datagram))
        {
            while (DtlsRecord.TryCut(ref datagram, out var record))
            {
                if (DtlsRecord.EpochOf(record) != 0 && DtlsRecord.TypeOf(record) == DtlsContentType.Handshake)
                {
                    return Protect(record);
                }
            }
        }

        return null;
    }

    private DtlsProtection? Protect(ReadOnlySpan<byte> finishedRecord)
    {
        Span<byte> master = stackalloc byte[DtlsSecrets.MasterSecretLength];
        Span<byte> randoms = stackalloc byte[2 * DtlsSecrets.RandomLength];
        var secrets = new DtlsSecrets { MasterSecret = master, Randoms = randoms };
        if (!_session.TryReadSecrets(ref secrets))
        {
            return null;
        }

        Span<byte> finished = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        using var ours = secrets.Derive(_role, encrypts: false);
        var peer = _role == DtlsRole.Client ? DtlsRole.Server : DtlsRole.Client;
        var opened = ours.TryOpen(
            finishedRecord,
            finishedRecord[DtlsRecord.HeaderLength..],
            finished,
            out var finishedLength
        );
        var protection = opened
            ? new DtlsProtection(
                secrets.Derive(_role, encrypts: true),
                secrets.Derive(peer, encrypts: false),
                finished[..finishedLength],
                DtlsRecord.NumberOf(finishedRecord) + 1
            )
            : null;
        secrets.Wipe();
        return protection;
    }
}
