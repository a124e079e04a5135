using System.Runtime.InteropServices;

namespace EventMeet.Functions.Webhooks.Interop;

/// <summary>What is called of OpenSSL 3 for Ed25519 (RFC 8032), which .NET does not offer. Names as in its manual.</summary>
internal static unsafe partial class LibCrypto
{
    public const int Ed25519 = 1087; // EVP_PKEY_ED25519, NID_ED25519

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library)]
    public static partial KeyHandle EVP_PKEY_new_raw_private_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    public static partial int EVP_PKEY_get_raw_public_key(KeyHandle key, byte* output, nuint* length);

    [LibraryImport(Library)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    public static partial DigestHandle EVP_MD_CTX_new();

    [LibraryImport(Library)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    public static partial int EVP_DigestSignInit(
        DigestHandle context,
        nint keyContext,
        nint digest,
        nint engine,
        KeyHandle key
    );

    [LibraryImport(Library)]
    public static partial int EVP_DigestSign(
        DigestHandle context,
        byte* signature,
        nuint* signatureLength,
        byte* message,
        nuint messageLength
    );
}
