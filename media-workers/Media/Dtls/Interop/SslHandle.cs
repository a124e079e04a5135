using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>Owns an SSL, the BIO that it owns, and the port that the BIO reads and writes through.</summary>
internal sealed unsafe class SslHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <summary>Gets the port; null until <see cref="Attach"/>.</summary>
    public DatagramPort* Port { get; private set; }

    /// <summary>Gives the SSL a port of its own, and the BIO that uses it.</summary>
    public void Attach()
    {
        Port = (DatagramPort*)NativeMemory.AllocZeroed((nuint)sizeof(DatagramPort));
        var bio = DatagramBio.Create(Port);
        OpenSsl.SSL_set_bio(this, bio, bio);
        _ = OpenSsl.SSL_set_ex_data(this, DatagramPort.ExtraDataIndex, (nint)Port);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_free(handle);
        NativeMemory.Free(Port);
        Port = null;
        return true;
    }
}
