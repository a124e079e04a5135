using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using EventMeet.Media.Srtp.Ciphers;

namespace EventMeet.Media.Tests.Srtp;

/// <summary>Every tier against the framework's own ciphers, at every length that a packet has.</summary>
public sealed class CipherTests
{
    private const int LongestPayload = 1500;
    private const int Guard = 64; // bytes on each side that nobody may touch

    private readonly byte[] _key = Numbers(16, 7);
    private readonly byte[] _iv = Numbers(16, 31);

    public static TheoryData<CipherTier> Tiers => VectorTests.Tiers;

    [Theory]
    [MemberData(nameof(Tiers))]
    public void AES_GCM_gives_what_the_framework_gives_at_every_length(CipherTier tier)
    {
        using var ours = GcmKey.Create(tier, _key);
        using var framework = new AesGcm(_key, GcmKey.TagLength);
        var nonce = Vector128.Create(_iv) & Vector128.Create(~0u, ~0u, ~0u, 0).AsByte();
        foreach (var length in Enumerable.Range(0, LongestPayload + 1).Concat([4_095, 4_096, 4_097, 65_000]))
        {
            var associated = Numbers(12 + (length * 5 % 300), length);
            var plaintext = Numbers(length, length + 1);
            var expected = new byte[length + GcmKey.TagLength];
            var tag = expected.AsSpan(length);
            framework.Encrypt(_iv.AsSpan(0, 12), plaintext, expected.AsSpan(0, length), tag, associated);

            var body = Guarded(expected.Length, out var memory);
            var prefixLength = length * 7 % (Math.Min(length, 200) + 1);
            plaintext.AsSpan(0, prefixLength).CopyTo(body);
            ours.Seal(nonce, associated, body, prefixLength, plaintext.AsSpan(prefixLength));
            Assert.Equal(expected, body);
            AssertUntouched(memory);

            body[length / 2] ^= 0x10;
            Assert.False(ours.TryOpen(nonce, associated, body));
            body[length / 2] ^= 0x10;
            Assert.Equal(expected, body);
            Assert.True(ours.TryOpen(nonce, associated, body));
            Assert.Equal(plaintext, body[..length]);
            AssertUntouched(memory);
        }
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void AES_GCM_gives_the_same_wherever_the_plaintext_is_cut_in_two(CipherTier tier)
    {
        const int LongestPrefix = 40;
        const int LongestText = 600;
        using var ours = GcmKey.Create(tier, _key);
        using var openSsl = GcmKey.Create(CipherTier.OpenSsl, _key);
        var nonce = Vector128.Create(_iv) & Vector128.Create(~0u, ~0u, ~0u, 0).AsByte();
        var associated = Numbers(28, 1);
        var plaintext = Numbers(LongestText, 2);
        for (var length = 0; length <= LongestText; length++)
        {
            var expected = new byte[length + GcmKey.TagLength];
            openSsl.Seal(nonce, associated, expected, 0, plaintext.AsSpan(0, length));
            for (var prefixLength = 0; prefixLength <= Math.Min(length, LongestPrefix); prefixLength++)
            {
                var body = Guarded(expected.Length, out var memory);
                plaintext.AsSpan(0, prefixLength).CopyTo(body);
                ours.Seal(nonce, associated, body, prefixLength, plaintext.AsSpan(prefixLength, length - prefixLength));
                Assert.True(body.SequenceEqual(expected), $"{prefixLength} of {length} bytes in place");
                AssertUntouched(memory);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public void Counter_mode_gives_what_single_blocks_give_at_every_length(CipherTier tier)
    {
        using var ours = CounterModeKey.Create(tier, _key);
        var stream = KeyStream(65_024);
        foreach (var length in Enumerable.Range(0, LongestPayload + 1).Concat([4_095, 4_096, 4_097, 65_000]))
        {
            var plaintext = Numbers(length, length);
            var expected = plaintext.Zip(stream, (left, right) => (byte)(left ^ right)).ToArray();
            var text = Guarded(length, out var memory);
            var prefixLength = length * 11 % (Math.Min(length, 150) + 1);
            plaintext.AsSpan(0, prefixLength).CopyTo(text);
            ours.Apply(Vector128.Create(_iv), text, prefixLength, plaintext.AsSpan(prefixLength));
            Assert.Equal(expected, text);
            AssertUntouched(memory);
        }
    }

    [Fact]
    public void The_counter_carries_over_all_four_of_its_bytes()
    {
        var iv = _iv.ToArray();
        iv.AsSpan(13).Fill(0xff);
        using var framework = Aes.Create();
        framework.Key = _key;
        using var ours = CounterModeKey.Create(CipherTiers.Best, _key);
        var stream = new byte[32];
        ours.Apply(Vector128.Create(iv), stream, stream.Length, []);
        iv[12]++;
        iv.AsSpan(13).Clear();
        Assert.Equal(framework.EncryptEcb(iv, PaddingMode.None), stream[16..]);
    }

    [Fact]
    public void HMAC_SHA1_gives_what_the_framework_gives_at_every_length()
    {
        var key = Numbers(HmacSha1Key.KeyLength, 3);
        using var ours = new HmacSha1Key(key);
        var tag = new byte[HmacSha1Key.TagLength];
        for (var length = 0; length <= LongestPayload; length++)
        {
            var packet = Numbers(length + 4, length);
            var trailer = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(length));
            // SHA-1 is what the profile names (RFC 5764 section 4.1.2).
#pragma warning disable CA5350
            var expected = HMACSHA1.HashData(key, packet);
#pragma warning restore CA5350
            ours.Tag(packet.AsSpan(0, length), trailer, tag);
            Assert.Equal(expected[..HmacSha1Key.TagLength], tag);
            Assert.True(ours.IsTag(packet.AsSpan(0, length), trailer, tag));
            tag[length % tag.Length] ^= 0x80;
            Assert.False(ours.IsTag(packet.AsSpan(0, length), trailer, tag));
        }
    }

    private static byte[] Numbers(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static Span<byte> Guarded(int length, out byte[] memory)
    {
        memory = new byte[length + (2 * Guard)];
        memory.AsSpan().Fill(0xee);
        return memory.AsSpan(Guard, length);
    }

    private static void AssertUntouched(ReadOnlySpan<byte> memory)
    {
        Assert.Equal(-1, memory[..Guard].IndexOfAnyExcept((byte)0xee));
        Assert.Equal(-1, memory[^Guard..].IndexOfAnyExcept((byte)0xee));
    }

    private byte[] KeyStream(int length)
    {
        using var framework = Aes.Create();
        framework.Key = _key;
        var counters = new byte[length];
        for (var offset = 0; offset < length; offset += 16)
        {
            _iv.CopyTo(counters, offset);
            var first = BinaryPrimitives.ReadUInt32BigEndian(_iv.AsSpan(12));
            BinaryPrimitives.WriteUInt32BigEndian(counters.AsSpan(offset + 12), first + (uint)(offset / 16));
        }

        return framework.EncryptEcb(counters, PaddingMode.None);
    }
}
