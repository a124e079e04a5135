using System.Net;
using System.Text;
using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Stun;

public sealed class StunMessageTests
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes(Rfc5769.Password);

    [Fact]
    public void Reads_the_request_of_rfc_5769()
    {
        Assert.Equal(PacketFault.None, StunMessage.TryParse(Rfc5769.Request, out var message));
        Assert.Equal(StunMessageType.BindingRequest, message.Type);
        Assert.Equal(new StunTransactionId(0xB7E7A701, 0xBC34D686FA87DFAE), message.TransactionId);
        Assert.True(message.Username.SequenceEqual("evtj:h6vY"u8));
        Assert.True(StunMessage.TryReadLocalUfrag(message, out var ufrag) && ufrag.SequenceEqual("evtj"u8));
        Assert.True(message.TryReadPriority(out var priority));
        Assert.Equal(0x6E0001FFu, priority);
        Assert.True(message.Has(StunAttribute.IceControlled));
        Assert.False(message.UseCandidate);
        Assert.Equal(0, message.UnknownAttributeCount);
        Assert.True(message.IsIntegrityValid(Key));
        Assert.False(message.IsIntegrityValid("VOkJxbRl1RmTxUk/WvJxBu"u8));
    }

    [Theory]
    [InlineData(false, "192.0.2.1")]
    [InlineData(true, "2001:db8:1234:5678:11:2233:4455:6677")]
    public void Reads_and_writes_the_responses_of_rfc_5769(bool ipv6, string address)
    {
        var golden = ipv6 ? Rfc5769.IPv6Response : Rfc5769.IPv4Response;
        Assert.Equal(PacketFault.None, StunMessage.TryParse(golden, out var message));
        Assert.True(message.IsIntegrityValid(Key));
        Assert.True(message.TryReadMappedAddress(out var mapped));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), 32853), mapped.ToIPEndPoint());

        var written = new byte[golden.Length];
        var writer = new StunWriter(written, StunMessageType.BindingSuccess, message.TransactionId);
        writer.Add(StunAttribute.Software, "test vector"u8);
        written[StunMessage.HeaderLength + 4 + 11] = 0x20; // the vector pads with a space
        writer.AddXorMappedAddress(mapped);
        writer.AddIntegrity(StunAttribute.MessageIntegrity, Key);
        Assert.Equal(golden.Length, writer.Finish());
        Assert.Equal(golden, written);
    }

    [Fact]
    public void Refuses_a_message_cut_at_any_length_and_one_with_a_tail()
    {
        for (var length = 0; length < Rfc5769.Request.Length; length++)
        {
            Assert.Equal(PacketFault.Truncated, StunMessage.TryParse(Rfc5769.Request.AsSpan(0, length), out _));
        }

        byte[] longer = [.. Rfc5769.Request, 0, 0, 0, 0];
        Assert.Equal(PacketFault.WrongLength, StunMessage.TryParse(longer, out _));
        Assert.Equal(PacketFault.TooLarge, StunMessage.TryParse(new byte[StunMessage.MaxLength + 1], out _));
    }

    [Fact]
    public void Refuses_every_single_flipped_bit()
    {
        for (var bit = 0; bit < Rfc5769.Request.Length * 8; bit++)
        {
            // FINGERPRINT's own type: without it the message is a sound one that has no fingerprint.
            if (bit / 8 is 100 or 101)
            {
                continue;
            }

            var flipped = (byte[])Rfc5769.Request.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var accepted = StunMessage.TryParse(flipped, out var message) == PacketFault.None;
            Assert.False(accepted && message.IsIntegrityValid(Key), $"bit {bit}");
        }
    }

    [Fact]
    public void Checks_sha_256_whole_or_truncated_and_prefers_it()
    {
        Span<byte> bytes = stackalloc byte[256];
        var writer = new StunWriter(bytes, StunMessageType.BindingRequest, new(1, 2));
        writer.Add(StunAttribute.Username, "evtj:h6vY"u8);
        writer.AddIntegrity(StunAttribute.MessageIntegrity, "some other password 12"u8);
        writer.AddIntegrity(StunAttribute.MessageIntegritySha256, Key);
        Assert.Equal(PacketFault.None, StunMessage.TryParse(bytes[..writer.Finish()], out var whole));
        Assert.Equal(StunAttribute.MessageIntegritySha256, whole.IntegrityAlgorithm);
        Assert.True(whole.IsIntegrityValid(Key));

        Span<byte> covered = stackalloc byte[36];
        bytes[..36].CopyTo(covered);
        Span<byte> hash = stackalloc byte[32];
        StunIntegrity.Compute(StunAttribute.MessageIntegritySha256, Key, covered, 16, hash);
        var short16 = new StunWriter(bytes, StunMessageType.BindingRequest, new(1, 2));
        short16.Add(StunAttribute.Username, "evtj:h6vY"u8);
        short16.Add(StunAttribute.MessageIntegritySha256, hash[..16]);
        Assert.Equal(PacketFault.None, StunMessage.TryParse(bytes[..short16.Finish()], out var truncated));
        Assert.True(truncated.IsIntegrityValid(Key));
    }

    [Fact]
    public void Ignores_what_follows_the_integrity_and_remembers_unknown_attributes()
    {
        Span<byte> bytes = stackalloc byte[256];
        var writer = new StunWriter(bytes, StunMessageType.BindingRequest, new(1, 2));
        writer.Add((StunAttribute)0x7ABC, 1u);
        writer.Add((StunAttribute)0xC057, 2u); // GOOG-NETWORK-INFO: optional
        writer.AddIntegrity(StunAttribute.MessageIntegrity, Key);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.Add((StunAttribute)0x7ABD, 1u);
        Assert.Equal(PacketFault.None, StunMessage.TryParse(bytes[..writer.Finish()], out var message));
        Assert.True(message.IsIntegrityValid(Key));
        Assert.False(message.UseCandidate);
        Assert.Equal(1, message.UnknownAttributeCount);
        Assert.Equal(0x7ABC, message.UnknownAttribute(0));
    }

    [Fact]
    public void Takes_at_most_32_attributes()
    {
        var bytes = new byte[StunMessage.MaxLength];
        var writer = new StunWriter(bytes, StunMessageType.BindingRequest, new(1, 2));
        for (var count = 0; count < 31; count++)
        {
            writer.Add((StunAttribute)(0x0100 + count), []);
        }

        var atLimit = writer;
        Assert.Equal(PacketFault.None, StunMessage.TryParse(bytes.AsSpan(0, atLimit.Finish()), out var message));
        Assert.Equal(StunAttributeIndex.MaxUnknown, message.UnknownAttributeCount);
        writer.Add((StunAttribute)0x0200, []);
        Assert.Equal(PacketFault.TooLarge, StunMessage.TryParse(bytes.AsSpan(0, writer.Finish()), out _));
    }

    [Property(MaxTest = 2000)]
    public void Never_throws_whatever_the_attributes_are(byte[] attributes)
    {
        var padded = attributes.Length & ~3;
        byte[] datagram =
        [
            0,
            1,
            (byte)(padded >> 8),
            (byte)padded,
            0x21,
            0x12,
            0xA4,
            0x42,
            .. new byte[12],
            .. attributes.AsSpan(0, padded),
        ];
        if (StunMessage.TryParse(datagram, out var message) == PacketFault.None)
        {
            _ = message.IsIntegrityValid(Key);
            _ = message.TryReadMappedAddress(out _);
            _ = message.ErrorCode;
            _ = StunMessage.TryReadLocalUfrag(message, out _);
        }
    }

    [Property(MaxTest = 500)]
    public bool Addresses_survive_the_round_trip(uint ipv4, ulong high, ulong low, ushort port, bool ipv6)
    {
        var address = ipv6 ? new TransportAddress(high | 1, low, port) : TransportAddress.FromIPv4(ipv4, port);
        Span<byte> bytes = stackalloc byte[128];
        var writer = new StunWriter(bytes, StunMessageType.BindingSuccess, new(7, high));
        writer.AddXorMappedAddress(address);
        return StunMessage.TryParse(bytes[..writer.Finish()], out var message) == PacketFault.None
            && message.TryReadMappedAddress(out var read)
            && read == address;
    }

    [Fact]
    public void Parsing_checking_and_writing_allocate_nothing()
    {
        Exercise();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1000; count++)
        {
            Exercise();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Exercise()
        {
            Span<byte> bytes = stackalloc byte[128];
            _ = StunMessage.TryParse(Rfc5769.Request, out var message);
            _ = message.IsIntegrityValid(Key);
            var writer = new StunWriter(bytes, StunMessageType.BindingSuccess, message.TransactionId);
            writer.AddXorMappedAddress(TransportAddress.FromIPv4(1, 2));
            writer.AddIntegrity(StunAttribute.MessageIntegritySha256, Key);
            _ = writer.Finish();
        }
    }
}
