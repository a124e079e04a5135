using Microsoft.Win32.SafeHandles;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>Owns an SSL_CTX; each SSL made from it holds a reference of its own.</summary>
internal sealed class SslContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_CTX_free(handle);
        return true;
    }
}
