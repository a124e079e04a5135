using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>
/// One SSL behind spans, for as long as a handshake takes. A call takes the datagram that arrived, if any, and the room
/// for datagrams that leave, each after its 16-bit length; nothing is kept of either. Not thread-safe, never blocks.
/// </summary>
internal sealed unsafe class SslSession : IDisposable
{
    private const int MinMtu = 256;

    // OpenSSL's clock is the time of day and cannot be given; its timer is put beyond every handshake, and
    // Dtls/DtlsFlight retransmits on the engine's time instead.
    private const uint NeverMicroseconds = 3_600_000_000;

    private readonly SslHandle _ssl;

    /// <summary>Initializes a new instance of the <see cref="SslSession"/> class.</summary>
    public SslSession(SslContextHandle context, DtlsRole role, DtlsFingerprint expected, int mtu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, MinMtu);
        OpenSsl.ERR_clear_error();
        _ssl = OpenSsl.SSL_new(context);
        if (_ssl.IsInvalid)
        {
            throw new InvalidOperationException("OpenSSL could not make an SSL.");
        }

        _ssl.Attach();
        var port = _ssl.Port;
        port->Algorithm = expected.Algorithm;
        port->FingerprintLength = expected.Bytes.Length;
        expected.Bytes.CopyTo(new Span<byte>(port->Fingerprint, DatagramPort.MaxFingerprintLength));
        _ = OpenSsl.SSL_ctrl(_ssl, OpenSsl.ControlSetMtu, mtu, 0);
        OpenSsl.DTLS_set_timer_cb(_ssl, &TimerDuration);
        if (role == DtlsRole.Server)
        {
            OpenSsl.SSL_set_accept_state(_ssl);
        }
        else
        {
            OpenSsl.SSL_set_connect_state(_ssl);
        }
    }

    /// <summary>Gets a value indicating whether the peer showed another certificate than expected.</summary>
    public bool CertificateMismatched => _ssl.Port->Mismatched != 0;

    /// <summary>Gets what use_srtp agreed on.</summary>
    public SrtpProfile SrtpProfile
    {
        get
        {
            // struct { const char *name; unsigned long id; }
            var profile = (nuint*)OpenSsl.SSL_get_selected_srtp_profile(_ssl);
            return profile is null ? SrtpProfile.None : (SrtpProfile)(int)profile[1];
        }
    }

    /// <summary>Goes on with the handshake.</summary>
    public SslOutcome Handshake(ReadOnlySpan<byte> inbound, Span<byte> outbound, out int outboundLength)
    {
        fixed (byte* source = inbound)
        {
            fixed (byte* target = outbound)
            {
                var port = Open(source, inbound.Length, target, outbound.Length);
                var result = OpenSsl.SSL_do_handshake(_ssl);
                outboundLength = port->OutboundLength;
                return OutcomeOf(result);
            }
        }
    }

    /// <summary>Gives the data of one record that came early; call until it is not done.</summary>
    public SslOutcome Read(Span<byte> data, out int length)
    {
        fixed (byte* target = data)
        {
            _ = Open(null, 0, null, 0);
            var result = OpenSsl.SSL_read(_ssl, target, data.Length);
            length = Math.Max(result, 0);
            return OutcomeOf(result);
        }
    }

    /// <summary>Reads what the record keys are made from; false before they are agreed.</summary>
    public bool TryReadSecrets(ref DtlsSecrets secrets)
    {
        OpenSsl.ERR_clear_error();
        var cipher = OpenSsl.SSL_get_current_cipher(_ssl);
        var session = OpenSsl.SSL_get_session(_ssl);
        if (cipher == 0 || session == 0)
        {
            return false;
        }

        secrets.Suite = (DtlsCipherSuite)OpenSsl.SSL_CIPHER_get_protocol_id(cipher);
        fixed (byte* master = secrets.MasterSecret)
        {
            fixed (byte* randoms = secrets.Randoms)
            {
                const nuint Length = DtlsSecrets.RandomLength;
                return OpenSsl.SSL_SESSION_get_master_key(session, master, DtlsSecrets.MasterSecretLength)
                        == DtlsSecrets.MasterSecretLength
                    && OpenSsl.SSL_get_server_random(_ssl, randoms, Length) == Length
                    && OpenSsl.SSL_get_client_random(_ssl, randoms + Length, Length) == Length;
            }
        }
    }

    /// <summary>Exports keying material (RFC 5705) without a context.</summary>
    public bool TryExport(string label, Span<byte> material)
    {
        fixed (byte* target = material)
        {
            OpenSsl.ERR_clear_error();
            return OpenSsl.SSL_export_keying_material(
                    _ssl,
                    target,
                    (nuint)material.Length,
                    label,
                    (nuint)label.Length,
                    null,
                    0,
                    0
                ) == 1;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ssl.Dispose();

    private DatagramPort* Open(byte* inbound, int inboundLength, byte* outbound, int outboundCapacity)
    {
        // What an earlier call left in the thread's queue would be taken for this one's error.
        OpenSsl.ERR_clear_error();
        var port = _ssl.Port;
        port->Inbound = inbound;
        port->InboundLength = inboundLength;
        port->Outbound = outbound;
        port->OutboundCapacity = outboundCapacity;
        port->OutboundLength = 0;
        return port;
    }

    private SslOutcome OutcomeOf(int result)
    {
        var error = result > 0 ? OpenSsl.ErrorNone : OpenSsl.SSL_get_error(_ssl, result);
        var port = _ssl.Port;
        port->Inbound = null;
        port->InboundLength = 0;
        port->Outbound = null;
        port->OutboundCapacity = 0;
        return error switch
        {
            OpenSsl.ErrorNone => SslOutcome.Done,
            OpenSsl.ErrorWantRead => SslOutcome.WantsInput,
            OpenSsl.ErrorZeroReturn => SslOutcome.Closed,
            _ => SslOutcome.Failed,
        };
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint TimerDuration(nint ssl, uint previous) => NeverMicroseconds;
}
