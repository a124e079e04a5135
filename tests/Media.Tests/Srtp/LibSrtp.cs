using System.Runtime.InteropServices;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>A session of libsrtp 2, the implementation inside most WebRTC stacks: the oracle.</summary>
internal sealed unsafe partial class LibSrtp : IDisposable
{
    private const string Library = "libsrtp2.so.1";
    private const int AnyInbound = 2;
    private const int AnyOutbound = 3;

    private static readonly int Initialized = Initialize();

    private readonly nint _session;

    public LibSrtp(SrtpProfile profile, bool outbound, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt)
    {
        Assert.Equal(0, Initialized);
        byte[] key = [.. masterKey, .. masterSalt];
        var policy = new Policy { SsrcType = outbound ? AnyOutbound : AnyInbound, WindowSize = 1024 };
        Assert.Equal(0, SetRtpProfile(&policy.Rtp, (int)profile));
        Assert.Equal(0, SetRtcpProfile(&policy.Rtcp, (int)profile));
        fixed (byte* keyBytes = key)
        {
            policy.Key = keyBytes;
            Assert.Equal(0, Create(out _session, &policy));
        }
    }

    public byte[] ProtectRtp(byte[] packet) => Convert(packet, &Protect);

    public byte[] UnprotectRtp(byte[] packet) => Convert(packet, &Unprotect);

    public byte[] ProtectRtcp(byte[] packet) => Convert(packet, &ProtectReport);

    public byte[] UnprotectRtcp(byte[] packet) => Convert(packet, &UnprotectReport);

    public void Dispose() => _ = Deallocate(_session);

    private byte[] Convert(byte[] packet, delegate* <nint, byte*, int*, int> conversion)
    {
        var memory = new byte[packet.Length + 64];
        packet.CopyTo(memory, 0);
        var length = packet.Length;
        fixed (byte* bytes = memory)
        {
            Assert.Equal(0, conversion(_session, bytes, &length));
        }

        return memory[..length];
    }

    [LibraryImport(Library, EntryPoint = "srtp_init"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Initialize();

    [LibraryImport(Library, EntryPoint = "srtp_create")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Create(out nint session, Policy* policy);

    [LibraryImport(Library, EntryPoint = "srtp_dealloc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Deallocate(nint session);

    [LibraryImport(Library, EntryPoint = "srtp_protect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(nint session, byte* packet, int* length);

    [LibraryImport(Library, EntryPoint = "srtp_unprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unprotect(nint session, byte* packet, int* length);

    [LibraryImport(Library, EntryPoint = "srtp_protect_rtcp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ProtectReport(nint session, byte* packet, int* length);

    [LibraryImport(Library, EntryPoint = "srtp_unprotect_rtcp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnprotectReport(nint session, byte* packet, int* length);

    [LibraryImport(Library, EntryPoint = "srtp_crypto_policy_set_from_profile_for_rtp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetRtpProfile(CryptoPolicy* policy, int profile);

    [LibraryImport(Library, EntryPoint = "srtp_crypto_policy_set_from_profile_for_rtcp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetRtcpProfile(CryptoPolicy* policy, int profile);

    // srtp_crypto_policy_t
    [StructLayout(LayoutKind.Sequential)]
    private struct CryptoPolicy
    {
        public fixed int Parameters[6];
    }

    // srtp_policy_t
    [StructLayout(LayoutKind.Sequential)]
    private struct Policy
    {
        public int SsrcType;
        public uint Ssrc;
        public CryptoPolicy Rtp;
        public CryptoPolicy Rtcp;
        public byte* Key;
        public nint Keys;
        public nuint KeyCount;
        public nint Deprecated;
        public nuint WindowSize;
        public int AllowRepeats;
        public nint EncryptedExtensions;
        public int EncryptedExtensionCount;
        public nint Next;
    }
}
