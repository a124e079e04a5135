using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>Tags computed for many packets at once are those computed one by one.</summary>
public sealed class Sha1TagBatchTests
{
    public static TheoryData<CipherTier> Tiers => VectorTests.Tiers;

    [Theory]
    [MemberData(nameof(Tiers))]
    public void Gives_every_packet_its_own_tag_whatever_their_number_keys_and_lengths(CipherTier tier)
    {
        var random = new Random(11);
        var keys = Enumerable.Range(0, 7).Select(seed => new HmacSha1Key(Bytes(random, 20))).ToArray();
        var batch = new Sha1TagBatch(tier);
        for (var count = 0; count <= Sha1TagBatch.Capacity + 20; count++)
        {
            var arena = Bytes(random, 100_000);
            var expected = arena.ToArray();
            for (int i = 0, offset = 0; i < count; i++)
            {
                // Lengths around the ends of blocks, and any others; packets side by side.
                var length = count % 3 == 0 ? random.Next(1_200) : (64 * (i % 4)) + 45 + (count % 20);
                var key = keys[random.Next(keys.Length)];
                var trailer = (uint)random.Next();
                key.Tag(expected.AsSpan(offset, length), trailer, expected.AsSpan(offset + length));
                batch.Add(key, arena.AsSpan(offset, length + HmacSha1Key.TagLength), trailer);
                offset += length + HmacSha1Key.TagLength;
            }

            batch.Complete();
            Assert.Equal(expected, arena);
            Assert.Equal(0, batch.Count);
        }

        Array.ForEach(keys, key => key.Dispose());
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void Hashes_every_length_that_a_packet_has(CipherTier tier)
    {
        using var key = new HmacSha1Key(Bytes(new Random(5), 20));
        var batch = new Sha1TagBatch(tier);
        var arena = Bytes(new Random(6), 1_600 * 16);
        for (var length = 0; length <= 1_500; length += 16)
        {
            var expected = arena.ToArray();
            for (var lane = 0; lane < 16; lane++)
            {
                var packet = expected.AsSpan(1_600 * lane);
                key.Tag(packet[..(length + lane)], 9, packet[(length + lane)..]);
                batch.Add(key, arena.AsSpan(1_600 * lane, length + lane + HmacSha1Key.TagLength), 9);
            }

            batch.Complete();
            Assert.Equal(expected, arena);
        }
    }

    [Theory]
    [InlineData(SrtpProfile.AesCm128HmacSha1Tag80)]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    public void A_turn_of_packets_is_what_each_alone_would_be(SrtpProfile profile)
    {
        using var single = SrtpParties.Sender(profile);
        using var batched = SrtpParties.Sender(profile);
        var batch = new Sha1TagBatch(CipherTiers.Best);
        var arena = GC.AllocateArray<byte>(20 * 1_500, pinned: true);
        var expected = new byte[arena.Length];
        for (int i = 0, offset = 0; i < 20; i++)
        {
            var packet = SrtpParties.RtpPacket(65_530 + i, 20 + (60 * i));
            single.Protect(packet, 65_530 + i).CopyTo(expected, offset);
            var prefixed = SrtpParties.HeaderLength + 9;
            packet.AsSpan(0, prefixed).CopyTo(arena.AsSpan(offset));
            var rest = packet.AsSpan(prefixed);
            var free = arena.AsSpan(offset);
            offset += batched.ProtectRtp(free, SrtpParties.HeaderLength, 9, rest, new(65_530 + i), batch);
        }

        batch.Complete();
        Assert.Equal(expected, arena);
    }

    [Fact]
    public void Refuses_a_packet_without_room_for_its_tag()
    {
        using var key = new HmacSha1Key(new byte[20]);
        var batch = new Sha1TagBatch(CipherTiers.Best);
        var arena = Bytes(new Random(7), 100);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(key, arena.AsSpan(0, 9), 0));
        Assert.Equal(0, batch.Count);
        batch.Add(key, arena.AsSpan(50, 50), 0);
        Assert.Equal(1, batch.Count);
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = GC.AllocateArray<byte>(count, pinned: true);
        random.NextBytes(bytes);
        return bytes;
    }
}
