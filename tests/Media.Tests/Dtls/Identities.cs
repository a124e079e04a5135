using EventMeet.Media.Dtls;

namespace EventMeet.Media.Tests.Dtls;

/// <summary>Two certificates for all tests; making one takes half a millisecond, making its context more.</summary>
internal static class Identities
{
    public static readonly DateTimeOffset NotBefore = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly DtlsIdentity Server = DtlsIdentity.Create(NotBefore, NotBefore.AddDays(30));

    public static readonly DtlsIdentity Client = DtlsIdentity.Create(NotBefore, NotBefore.AddDays(30));
}
