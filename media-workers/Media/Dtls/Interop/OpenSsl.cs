using System.Runtime.InteropServices;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>What is called of OpenSSL 3 (3.0 and later; nothing that later versions changed). Names as in its manual.</summary>
internal static unsafe partial class OpenSsl
{
    public const int ErrorNone = 0;
    public const int ErrorWantRead = 2;
    public const int ErrorZeroReturn = 6;

    public const ulong OptionNoQueryMtu = 1UL << 12;
    public const ulong OptionNoTicket = 1UL << 14;
    public const ulong OptionNoCompression = 1UL << 17;
    public const ulong OptionServerPreference = 1UL << 22;
    public const ulong OptionNoRenegotiation = 1UL << 30;

    public const int ControlSetMtu = 17;
    public const int ControlSetSessionCacheMode = 44;
    public const int ControlSetMaxCertificateList = 51;
    public const int ControlSetMaxSendFragment = 52;
    public const int ControlSetGroupsList = 92;
    public const int ControlSetMinVersion = 123;
    public const int ControlSetMaxVersion = 124;

    public const int Dtls12 = 0xFEFD;
    public const int VerifyPeerAndFailWithout = 1 | 2;
    public const int CertificateRejected = 28; // X509_V_ERR_CERT_REJECTED: alert bad_certificate

    public const int BioControlFlush = 11;
    public const int BioSourceSink = 0x0400;
    public const int BioFlagsRetryRead = 0x01 | 0x08;
    public const int BioFlagsRetryAll = 0x01 | 0x02 | 0x04 | 0x08;

    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    [LibraryImport(Ssl)]
    public static partial nint DTLS_method();

    [LibraryImport(Ssl)]
    public static partial SslContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_certificate_ASN1(SslContextHandle context, int length, byte* der);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_PrivateKey(SslContextHandle context, nint key);

    [LibraryImport(Crypto)]
    public static partial nint d2i_AutoPrivateKey(nint reuse, byte** der, nint length);

    [LibraryImport(Crypto)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Ssl)]
    public static partial ulong SSL_CTX_set_options(SslContextHandle context, ulong options);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_ctrl(SslContextHandle context, int command, nint number, byte* pointer);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_cipher_list(SslContextHandle context, string ciphers);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_tlsext_use_srtp(SslContextHandle context, string profiles);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_verify(SslContextHandle context, int mode, nint callback);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_cert_verify_callback(
        SslContextHandle context,
        delegate* unmanaged[Cdecl]<nint, nint, int> callback,
        nint argument
    );

    [LibraryImport(Ssl)]
    public static partial SslHandle SSL_new(SslContextHandle context);

    [LibraryImport(Ssl)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_bio(SslHandle ssl, nint read, nint write);

    [LibraryImport(Ssl)]
    public static partial nint SSL_ctrl(SslHandle ssl, int command, nint number, nint pointer);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_accept_state(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_connect_state(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial void DTLS_set_timer_cb(SslHandle ssl, delegate* unmanaged[Cdecl]<nint, uint, uint> callback);

    [LibraryImport(Ssl)]
    public static partial int SSL_set_ex_data(SslHandle ssl, int index, nint data);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_ex_data(nint ssl, int index);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_ex_data_X509_STORE_CTX_idx();

    [LibraryImport(Ssl)]
    public static partial int SSL_do_handshake(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_read(SslHandle ssl, byte* destination, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_error(SslHandle ssl, int result);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_selected_srtp_profile(SslHandle ssl);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_export_keying_material(
        SslHandle ssl,
        byte* destination,
        nuint length,
        string label,
        nuint labelLength,
        byte* context,
        nuint contextLength,
        int useContext
    );

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_current_cipher(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial ushort SSL_CIPHER_get_protocol_id(nint cipher);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get_session(SslHandle ssl);

    [LibraryImport(Ssl)]
    public static partial nuint SSL_SESSION_get_master_key(nint session, byte* destination, nuint length);

    [LibraryImport(Ssl)]
    public static partial nuint SSL_get_client_random(SslHandle ssl, byte* destination, nuint length);

    [LibraryImport(Ssl)]
    public static partial nuint SSL_get_server_random(SslHandle ssl, byte* destination, nuint length);

    [LibraryImport(Crypto)]
    public static partial CipherContextHandle EVP_CIPHER_CTX_new();

    [LibraryImport(Crypto)]
    public static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(Crypto)]
    public static partial int EVP_CIPHER_CTX_ctrl(CipherContextHandle context, int command, int number, byte* pointer);

    [LibraryImport(Crypto)]
    public static partial nint EVP_aes_128_gcm();

    [LibraryImport(Crypto)]
    public static partial nint EVP_chacha20_poly1305();

    [LibraryImport(Crypto)]
    public static partial int EVP_CipherInit_ex(
        CipherContextHandle context,
        nint cipher,
        nint engine,
        byte* key,
        byte* nonce,
        int direction
    );

    [LibraryImport(Crypto)]
    public static partial int EVP_CipherUpdate(
        CipherContextHandle context,
        byte* output,
        int* outputLength,
        byte* input,
        int inputLength
    );

    [LibraryImport(Crypto)]
    public static partial int EVP_CipherFinal_ex(CipherContextHandle context, byte* output, int* outputLength);

    [LibraryImport(Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get_ex_data(nint context, int index);

    [LibraryImport(Crypto)]
    public static partial nint X509_STORE_CTX_get0_cert(nint context);

    [LibraryImport(Crypto)]
    public static partial void X509_STORE_CTX_set_error(nint context, int error);

    [LibraryImport(Crypto)]
    public static partial int X509_digest(nint certificate, nint algorithm, byte* hash, uint* length);

    [LibraryImport(Crypto)]
    public static partial nint EVP_sha256();

    [LibraryImport(Crypto)]
    public static partial nint EVP_sha384();

    [LibraryImport(Crypto)]
    public static partial nint EVP_sha512();

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint BIO_meth_new(int type, string name);

    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_read(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> read);

    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_write(nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> write);

    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_ctrl(
        nint method,
        delegate* unmanaged[Cdecl]<nint, int, nint, nint, nint> control
    );

    [LibraryImport(Crypto)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    public static partial void BIO_set_data(nint bio, nint data);

    [LibraryImport(Crypto)]
    public static partial nint BIO_get_data(nint bio);

    [LibraryImport(Crypto)]
    public static partial void BIO_set_init(nint bio, int init);

    [LibraryImport(Crypto)]
    public static partial void BIO_set_flags(nint bio, int flags);

    [LibraryImport(Crypto)]
    public static partial void BIO_clear_flags(nint bio, int flags);
}
