using Microsoft.Win32.SafeHandles;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>Owns an EVP_CIPHER_CTX.</summary>
internal sealed class CipherContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        OpenSsl.EVP_CIPHER_CTX_free(handle);
        return true;
    }
}
