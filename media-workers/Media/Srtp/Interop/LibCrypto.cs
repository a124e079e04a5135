using System.Runtime.InteropServices;

namespace EventMeet.Media.Srtp.Interop;

/// <summary>
/// What we call in OpenSSL 3. All of it is short, never blocks and never calls back, so the calls skip the transition
/// that lets the garbage collector in (a tenth of the time of a small packet).
/// </summary>
/// <remarks>
/// SHA1_* are deprecated in favour of EVP, not gone: EVP_MAC costs 170 ns more for each packet because it looks the
/// algorithm up again.
/// </remarks>
internal static unsafe partial class LibCrypto
{
    public const int GetTag = 0x10; // EVP_CTRL_AEAD_GET_TAG
    public const int SetTag = 0x11; // EVP_CTRL_AEAD_SET_TAG

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    internal static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    internal static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_aes_128_gcm")]
    internal static partial nint Aes128Gcm();

    [LibraryImport(Library, EntryPoint = "EVP_aes_128_ctr")]
    internal static partial nint Aes128Ctr();

    /// <summary>Sets whatever of cipher, key and IV is not null; <paramref name="encrypt"/> is 1 or 0.</summary>
    [LibraryImport(Library, EntryPoint = "EVP_CipherInit_ex"), SuppressGCTransition]
    internal static partial int Initialize(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    /// <summary>En- or decrypts; takes associated data when <paramref name="output"/> is null.</summary>
    [LibraryImport(Library, EntryPoint = "EVP_CipherUpdate"), SuppressGCTransition]
    internal static partial int Update(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(Library, EntryPoint = "EVP_CipherFinal_ex"), SuppressGCTransition]
    internal static partial int Finish(nint context, byte* output, int* written);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_ctrl"), SuppressGCTransition]
    internal static partial int Control(nint context, int type, int argument, void* pointer);

    [LibraryImport(Library, EntryPoint = "SHA1_Init"), SuppressGCTransition]
    internal static partial int Sha1Initialize(Sha1State* state);

    [LibraryImport(Library, EntryPoint = "SHA1_Update"), SuppressGCTransition]
    internal static partial int Sha1Update(Sha1State* state, byte* data, nuint length);

    [LibraryImport(Library, EntryPoint = "SHA1_Final"), SuppressGCTransition]
    internal static partial int Sha1Finish(byte* digest, Sha1State* state);

    /// <summary>SHA_CTX: five words of digest, two of length, sixteen of unfinished block and how full that is.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Sha1State
    {
        public fixed uint Digest[5];
        public fixed uint BitCount[2];
        public fixed uint Block[16];
        public uint BytesInBlock;
    }
}
