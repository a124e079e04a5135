using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EventMeet.Media.Srtp.Interop;

/// <summary>An EVP_CIPHER_CTX with its key. OpenSSL wipes it when it is freed.</summary>
internal sealed unsafe class CipherContextHandle : SafeHandle
{
    internal CipherContextHandle()
        : base(0, ownsHandle: true) { }

    public override bool IsInvalid => handle == 0;

    /// <summary>The context itself, for calls made while the owner of this handle is alive.</summary>
    public nint Pointer => handle;

    /// <summary>A context that has a key and waits for IVs.</summary>
    /// <param name="cipher">EVP_aes_128_gcm or EVP_aes_128_ctr.</param>
    /// <param name="key">16 bytes.</param>
    public static CipherContextHandle Create(nint cipher, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, 16, nameof(key));
        var context = new CipherContextHandle();
        context.SetHandle(LibCrypto.NewContext());
        fixed (byte* keyBytes = key)
        {
            if (context.IsInvalid || LibCrypto.Initialize(context.handle, cipher, 0, keyBytes, null, 1) != 1)
            {
                context.Dispose();
                throw new CryptographicException("OpenSSL refused AES-128.");
            }
        }

        return context;
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeContext(handle);
        return true;
    }
}
