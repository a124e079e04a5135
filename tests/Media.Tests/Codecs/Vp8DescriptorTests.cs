using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;
using EventMeet.Media.Tests.Rtp;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Codecs;

public sealed class Vp8DescriptorTests
{
    private static readonly byte[] KeyFrame = Annotated.Bytes(
        """
        90              ; X, S, partition 0
        F0              ; I, L, T, K
        92 34           ; picture id 0x1234, 15 bits
        05              ; tl0picidx
        A3              ; temporal layer 2, Y, keyidx 3
        10 02 00        ; payload header: key frame
        9D 01 2A        ; start code
        80 42 D0 02     ; 640 (scale 1) x 720
        """
    );

    [Fact]
    public void Reads_every_field_and_writes_it_back()
    {
        Assert.Equal(PacketFault.None, Vp8Descriptor.TryParse(KeyFrame, out var descriptor));
        Assert.Equal(
            new Vp8Descriptor
            {
                Length = 6,
                StartsPartition = true,
                PictureIdBits = 15,
                PictureId = 0x1234,
                HasTl0PictureIndex = true,
                Tl0PictureIndex = 5,
                HasTemporalId = true,
                TemporalId = 2,
                IsLayerSync = true,
                HasKeyIndex = true,
                KeyIndex = 3,
                StartsKeyFrame = true,
            },
            descriptor
        );
        Assert.True(descriptor.TryReadSize(KeyFrame, out var width, out var height));
        Assert.Equal((640, 720), (width, height));

        var written = new byte[Vp8Descriptor.MaxLength];
        Assert.Equal(6, descriptor.Write(written));
        Assert.Equal(KeyFrame[..6], written);
    }

    [Property(MaxTest = 500)]
    public bool Leaves_with_the_slots_numbers_and_a_wide_picture_id(byte[] noise, ushort picture, byte tl0, byte key)
    {
        byte[] payload = [.. noise.Take(Vp8Descriptor.MaxLength), 1, 1, 1, 1, 1, 1];
        if (Vp8Descriptor.TryParse(payload, out var source) != PacketFault.None)
        {
            return true;
        }

        var (pictureId, keyIndex) = ((ushort)(picture & 0x7FFF), (byte)(key & 0x1F));
        var image = new Vp8DescriptorImage(source);
        var written = new byte[32];
        image.Write(written, pictureId, tl0, keyIndex);
        payload[source.Length..].CopyTo(written.AsSpan(image.Length));
        return Vp8Descriptor.TryParse(written, out var read) == PacketFault.None
            && read.Length == image.Length
            && read
                == source with
                {
                    Length = read.Length,
                    PictureIdBits = source.PictureIdBits == 0 ? (byte)0 : (byte)15,
                    PictureId = source.PictureIdBits == 0 ? (ushort)0 : pictureId,
                    Tl0PictureIndex = source.HasTl0PictureIndex ? tl0 : (byte)0,
                    KeyIndex = source.HasKeyIndex ? keyIndex : (byte)0,
                };
    }

    [Theory]
    [InlineData("10 01", 1)] // nothing but S, an inter frame
    [InlineData("30 01", 1)] // N
    [InlineData("02 01", 1)] // partition 2 goes on
    [InlineData("80 80 55 01", 3)] // 7-bit picture id
    [InlineData("90 80 D5 55 01", 4)] // 15-bit picture id
    [InlineData("90 C0 55 09 01", 4)] // with tl0picidx
    [InlineData("90 20 C0 01", 3)] // temporal layer alone
    [InlineData("90 10 1F 01", 3)] // keyidx alone
    public void Every_shape_is_written_as_it_was_read(string bytes, int length)
    {
        var golden = Annotated.Bytes(bytes);
        Assert.Equal(PacketFault.None, Vp8Descriptor.TryParse(golden, out var descriptor));
        Assert.Equal(length, descriptor.Length);
        var written = new byte[Vp8Descriptor.MaxLength];
        Assert.Equal(length, descriptor.Write(written));
        Assert.Equal(golden[..length], written[..length]);
        Assert.False(descriptor.StartsKeyFrame);
    }

    [Fact]
    public void Cut_inside_the_descriptor_it_is_truncated_and_inside_the_frame_header_it_has_no_size()
    {
        for (var length = 0; length < KeyFrame.Length; length++)
        {
            var fault = Vp8Descriptor.TryParse(KeyFrame.AsSpan(0, length), out var descriptor);
            Assert.Equal(length <= 6 ? PacketFault.Truncated : PacketFault.None, fault);
            Assert.False(descriptor.TryReadSize(KeyFrame.AsSpan(0, length), out _, out _));
        }
    }

    [Fact]
    public void A_wider_picture_id_needs_one_byte_more()
    {
        var golden = Annotated.Bytes("90 E0 7F 05 40 01");
        _ = Vp8Descriptor.TryParse(golden, out var descriptor);
        var written = new byte[Vp8Descriptor.MaxLength];
        var length = (descriptor with { PictureIdBits = 15, PictureId = 0x0080, Tl0PictureIndex = 6 }).Write(written);
        Assert.Equal(Annotated.Bytes("90 E0 80 80 06 40"), written[..length]);
    }

    [Property(MaxTest = 1000)]
    public bool Never_claims_more_bytes_than_it_was_given_and_survives_a_round_trip(byte[] payload)
    {
        if (Vp8Descriptor.TryParse(payload, out var descriptor) != PacketFault.None)
        {
            return payload.Length <= Vp8Descriptor.MaxLength;
        }

        _ = descriptor.TryReadSize(payload, out _, out _);
        var written = new byte[Vp8Descriptor.MaxLength + 1];
        var length = descriptor.Write(written);
        // What is behind the descriptor decides about the key frame only.
        written[length] = payload[descriptor.Length];
        _ = Vp8Descriptor.TryParse(written.AsSpan(0, length + 1), out var again);
        return descriptor.Length < payload.Length && again with { Length = descriptor.Length } == descriptor;
    }
}
