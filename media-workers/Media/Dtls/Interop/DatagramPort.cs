using System.Runtime.InteropServices;

namespace EventMeet.Media.Dtls.Interop;

/// <summary>
/// What OpenSSL's callbacks of one association can reach: the datagram to read, the room to write datagrams to, and the
/// fingerprint to expect. In native memory; the pointers are set only while a call into OpenSSL runs.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DatagramPort
{
    /// <summary>Where SSL_get_ex_data finds it: the index that OpenSSL keeps for applications.</summary>
    public const int ExtraDataIndex = 0;

    /// <summary>The longest fingerprint in bytes: SHA-512.</summary>
    public const int MaxFingerprintLength = 64;

    public byte* Inbound;
    public byte* Outbound;
    public int InboundLength;
    public int OutboundCapacity;
    public int OutboundLength;
    public DtlsFingerprintAlgorithm Algorithm;
    public int FingerprintLength;
    public int Mismatched;
    public fixed byte Fingerprint[MaxFingerprintLength];
}
