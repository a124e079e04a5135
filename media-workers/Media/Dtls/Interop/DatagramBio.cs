using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventMeet.Media.Dtls.Interop;

/*  What is written to the port:   |  length (16)  |  one datagram of that many bytes  |  length  |  ...                   */

/// <summary>
/// A BIO that keeps datagrams apart, which OpenSSL's own memory BIO does not: a read gives the one datagram that the
/// port holds or asks to come back, a write is one datagram. Nothing here throws: native code calls it.
/// </summary>
internal static unsafe class DatagramBio
{
    private const int LengthLength = sizeof(ushort);

    private static readonly nint Method = CreateMethod();

    /// <summary>Makes a BIO over a port, which outlives it.</summary>
    public static nint Create(DatagramPort* port)
    {
        var bio = OpenSsl.BIO_new(Method);
        if (bio == 0)
        {
            throw new InvalidOperationException("OpenSSL could not make a BIO.");
        }

        OpenSsl.BIO_set_data(bio, (nint)port);
        OpenSsl.BIO_set_init(bio, 1);
        return bio;
    }

    private static nint CreateMethod()
    {
        var method = OpenSsl.BIO_meth_new(OpenSsl.BioSourceSink, "datagrams");
        _ = OpenSsl.BIO_meth_set_read(method, &Read);
        _ = OpenSsl.BIO_meth_set_write(method, &Write);
        _ = OpenSsl.BIO_meth_set_ctrl(method, &Control);
        return method;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint bio, byte* destination, int capacity)
    {
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioFlagsRetryAll);
        var port = (DatagramPort*)OpenSsl.BIO_get_data(bio);
        if (port->InboundLength == 0)
        {
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioFlagsRetryRead);
            return -1;
        }

        // A datagram is read at once or cut, as recv does.
        var length = Math.Min(capacity, port->InboundLength);
        Buffer.MemoryCopy(port->Inbound, destination, capacity, length);
        port->InboundLength = 0;
        return length;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint bio, byte* source, int length)
    {
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioFlagsRetryAll);
        var port = (DatagramPort*)OpenSsl.BIO_get_data(bio);
        var room = port->OutboundCapacity - port->OutboundLength - LengthLength;
        if (length > room || length > ushort.MaxValue)
        {
            // Lost, as a datagram may be; retransmission repairs it.
            return length;
        }

        var target = new Span<byte>(port->Outbound + port->OutboundLength, LengthLength + length);
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)length);
        new ReadOnlySpan<byte>(source, length).CopyTo(target[LengthLength..]);
        port->OutboundLength += target.Length;
        return length;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Control(nint bio, int command, nint number, nint pointer) =>
        command == OpenSsl.BioControlFlush ? 1 : 0;
}
