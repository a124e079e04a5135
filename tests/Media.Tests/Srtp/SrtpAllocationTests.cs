using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Tests.Conversations;

namespace EventMeet.Media.Tests.Srtp;

[Collection(MemoryTestsAlone.Name)]
public sealed class SrtpAllocationTests
{
    private const int Packets = 10_000;

    private readonly byte[] _packet = GC.AllocateArray<byte>(1_400, pinned: true);
    private readonly byte[] _report = new byte[200];
    private readonly byte[] _payload = new byte[1_200];

    public static TheoryData<SrtpProfile, CipherTier> ProfilesAndTiers => SrtpParties.ProfilesAndTiers;

    [Theory]
    [MemberData(nameof(ProfilesAndTiers))]
    public void Ten_thousand_packets_allocate_nothing(SrtpProfile profile, CipherTier tier)
    {
        using var sender = SrtpParties.Sender(profile, tier);
        using var receiver = SrtpParties.Receiver(profile, tier);
        Exchange(sender, receiver, 0, 200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var accepted = Exchange(sender, receiver, 200, Packets);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2 * Packets, accepted);
    }

    [Fact]
    public void A_batch_of_tags_allocates_nothing()
    {
        using var sender = SrtpParties.Sender(SrtpProfile.AesCm128HmacSha1Tag80);
        var batch = new Sha1TagBatch(CipherTiers.Best);
        SendBatched(sender, batch, 0, 200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        SendBatched(sender, batch, 200, Packets);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void SendBatched(SrtpSender sender, Sha1TagBatch batch, int first, int count)
    {
        for (var index = first; index < first + count; index++)
        {
            _packet[0] = 0x80;
            BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), (ushort)index);
            _ = sender.ProtectRtp(_packet, 12, 6, _payload, new(index), batch);
        }

        batch.Complete();
    }

    private int Exchange(SrtpSender sender, SrtpReceiver receiver, int first, int count)
    {
        var accepted = 0;
        for (var index = first; index < first + count; index++)
        {
            _packet[0] = 0x80;
            BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), (ushort)index);
            BinaryPrimitives.WriteInt32BigEndian(_packet.AsSpan(8), index % 4);
            var length = sender.ProtectRtp(_packet, 12, 6, _payload, new(index));
            var fault = receiver.UnprotectRtp(_packet.AsSpan(0, length), 12, out _, out _);
            accepted += fault == PacketFault.None ? 1 : 0;
            length = sender.ProtectRtcp(_report, 80);
            fault = receiver.UnprotectRtcp(_report.AsSpan(0, length), out _);
            accepted += fault == PacketFault.None ? 1 : 0;
        }

        return accepted;
    }
}
