using Microsoft.Win32.SafeHandles;

namespace EventMeet.Functions.Webhooks.Interop;

/// <summary>An EVP_MD_CTX.</summary>
internal sealed class DigestHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MD_CTX_free(handle);
        return true;
    }
}
