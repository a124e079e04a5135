using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>Both directions against libsrtp 2, several SSRCs, across the wrap.</summary>
public sealed class LibSrtpTests
{
    private const long FirstIndex = 65_400; // 136 packets before the wrap
    private const int Packets = 400;

    private static readonly uint[] Ssrcs = [0x1111_1111, 0x2222_2222, 0xffff_ffff];

    public static TheoryData<SrtpProfile, CipherTier> ProfilesAndTiers => SrtpParties.ProfilesAndTiers;

    [Theory]
    [MemberData(nameof(ProfilesAndTiers))]
    public void Sends_the_very_bytes_that_libsrtp_sends(SrtpProfile profile, CipherTier tier)
    {
        // libsrtp gives its first report the index 1.
        using var ours = SrtpParties.Sender(profile, tier, rtcp: 1);
        using var theirs = Oracle(profile, outbound: true);
        foreach (var (ssrc, index) in Schedule())
        {
            var packet = SrtpParties.RtpPacket(index, (int)(index * 7 % 1_300), ssrc);
            Assert.Equal(theirs.ProtectRtp(packet), ours.Protect(packet, index, prefixLength: (int)(index % 30)));
        }

        for (var length = 8; length < 600; length += 4)
        {
            var report = SrtpParties.RtcpPacket(length);
            Assert.Equal(theirs.ProtectRtcp(report), ours.ProtectReport(report));
        }
    }

    [Theory]
    [MemberData(nameof(ProfilesAndTiers))]
    public void Libsrtp_opens_what_we_protect(SrtpProfile profile, CipherTier tier)
    {
        using var ours = SrtpParties.Sender(profile, tier);
        using var theirs = Oracle(profile, outbound: false);
        foreach (var (ssrc, index) in Schedule())
        {
            var packet = SrtpParties.RtpPacket(index, (int)(index % 1_200), ssrc);
            Assert.Equal(packet, theirs.UnprotectRtp(ours.Protect(packet, index)));
            var report = SrtpParties.RtcpPacket(8 + (int)(4 * (index % 100)), ssrc);
            Assert.Equal(report, theirs.UnprotectRtcp(ours.ProtectReport(report)));
        }
    }

    [Theory]
    [MemberData(nameof(ProfilesAndTiers))]
    public void Opens_what_libsrtp_protects(SrtpProfile profile, CipherTier tier)
    {
        using var ours = SrtpParties.Receiver(profile, tier);
        using var theirs = Oracle(profile, outbound: true);
        foreach (var (ssrc, index) in Schedule())
        {
            var packet = SrtpParties.RtpPacket(index, (int)(index % 1_200), ssrc);
            Assert.Equal(PacketFault.None, ours.Open(theirs.ProtectRtp(packet), out var opened, out var found));
            Assert.Equal(packet, opened);
            Assert.Equal(index, found);
            var report = SrtpParties.RtcpPacket(8 + (int)(4 * (index % 100)), ssrc);
            Assert.Equal(PacketFault.None, ours.OpenReport(theirs.ProtectRtcp(report), out opened));
            Assert.Equal(report, opened);
        }
    }

    private static LibSrtp Oracle(SrtpProfile profile, bool outbound) =>
        new(profile, outbound, SrtpParties.MasterKey, SrtpParties.MasterSalt(profile));

    private static IEnumerable<(uint Ssrc, long Index)> Schedule() =>
        from index in Enumerable.Range(0, Packets)
        from ssrc in Ssrcs
        select (ssrc, FirstIndex + index + (ssrc & 0xf));
}
