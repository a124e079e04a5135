using System.Text;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Rtp;

public sealed class HeaderExtensionTests
{
    private static readonly byte[] Video = Annotated.Bytes(
        """
        90 60 00 07 00 00 00 2A 00 00 00 01 ; X, PT 96, sequence 7, timestamp 42, ssrc 1
        BE DE 00 05
        22 AA BB CC     ; 2 abs-send-time
        31 12 34        ; 3 transport-wide 0x1234
        40 30           ; 4 mid "0"
        A0 68           ; 10 rid "h"
        00              ; padding between elements
        D0 01           ; 13 video orientation
        62 01 02 03     ; 6 playout delay
        70 EE           ; 7 unknown
        """
    );

    [Fact]
    public void Finds_what_was_negotiated_in_the_one_byte_form()
    {
        var extensions = Read(Video, Maps.Publisher);

        Assert.True(extensions.TryReadTransportSequence(out var transportSequence));
        Assert.Equal(0x1234, transportSequence);
        Assert.True(extensions.TryReadAbsSendTime(out var absSendTime));
        Assert.Equal(0xAABBCCu, absSendTime);
        Assert.Equal("0", Encoding.UTF8.GetString(extensions.Mid));
        Assert.Equal("h", Encoding.UTF8.GetString(extensions.Rid));
        Assert.Equal([1], extensions[HeaderExtensionKind.VideoOrientation].ToArray());
        Assert.False(extensions.TryReadAudioLevel(out _));
        Assert.True(extensions.RepairedRid.IsEmpty);
    }

    [Fact]
    public void Reads_the_two_byte_form_with_any_appbits_and_an_empty_element()
    {
        var packet = Annotated.Bytes(
            """
            90 6F 00 07 00 00 00 2A 00 00 00 01
            10 05 00 03
            00              ; a padding byte has no length
            0D 00           ; 13, empty
            01 01 85        ; 1 audio level: voice, -5 dBov
            0A 02 68 69     ; 10 rid "hi"
            00 00
            """
        );
        var extensions = Read(packet, Maps.Publisher);

        Assert.True(extensions.TryReadAudioLevel(out var level));
        Assert.Equal(new AudioLevel(5, IsVoice: true), level);
        Assert.Equal(0x85, level.ToByte());
        Assert.Equal("hi", Encoding.UTF8.GetString(extensions.Rid));
        Assert.False(extensions.Has(HeaderExtensionKind.VideoOrientation));
    }

    [Theory]
    [InlineData("F0 00 40 30", "id 15 ends the block")]
    [InlineData("01 00 40 30", "id 0 with a length ends the block")]
    [InlineData("00 00 00 4F", "an element that does not fit is not read")]
    public void Stops_where_the_specification_says(string elements, string why)
    {
        var packet = Annotated.Bytes("90 60 00 07 00 00 00 2A 00 00 00 01 BE DE 00 01 " + elements);
        Assert.True(Read(packet, Maps.Publisher).Mid.IsEmpty, why);
    }

    [Fact]
    public void A_profile_of_another_kind_has_no_elements()
    {
        var packet = Annotated.Bytes("90 60 00 07 00 00 00 2A 00 00 00 01 BE DF 00 01 40 30 00 00");
        Assert.True(Read(packet, Maps.Publisher).Mid.IsEmpty);
    }

    [Fact]
    public void The_first_of_two_lines_for_one_id_or_kind_wins_and_nonsense_is_left_out()
    {
        var map = HeaderExtensionMap.FromUris([
            (3, Maps.Mid),
            (3, Maps.Rid),
            (4, Maps.Mid),
            (0, Maps.AudioLevel),
            (256, Maps.AbsSendTime),
        ]);
        Assert.Equal(3, map.IdOf(HeaderExtensionKind.Mid));
        Assert.Equal(HeaderExtensionKind.Mid, map.KindOf(3));
        Assert.Equal(HeaderExtensionKind.Unknown, map.KindOf(4));
        Assert.False(map.Has(HeaderExtensionKind.Rid));
        Assert.False(map.Has(HeaderExtensionKind.AudioLevel));
        Assert.False(map.Has(HeaderExtensionKind.AbsSendTime));
        Assert.Equal(HeaderExtensionKind.Unknown, map.KindOf(255));
    }

    [Fact]
    public void A_forwarded_header_has_the_slots_numbers_and_the_subscribers_ids()
    {
        var buffer = new byte[RtpHeaderWriter.MaxLength];
        _ = RtpHeader.TryParse(Video, out var source);
        var fields = new RtpHeaderFields(102, Marker: true, new SequenceNumber(9), 77, 0xCAFEBABE);

        var patches = RtpHeaderWriter.Write(buffer, fields, source, Maps.Publisher, Maps.Subscriber, "12"u8);
        patches.PatchTransportSequence(buffer, 0xBEEF);
        patches.PatchAbsSendTime(buffer, new MonotonicTime(65_500_000));

        var expected = Annotated.Bytes(
            """
            90 E6 00 09 00 00 00 4D CA FE BA BE ; X, M, PT 102, sequence 9, timestamp 77, ssrc
            BE DE 00 03
            91 31 32        ; 9 mid "12"
            51 BE EF        ; 5 transport-wide, patched
            62 06 00 00     ; 6 abs-send-time: 1.5 s after a wrap of 64 s
            C0 01           ; 12 video orientation
            """ // rid, playout delay and the unknown one were not negotiated
        );
        Assert.Equal(expected, buffer[..patches.HeaderLength]);
    }

    [Theory]
    [InlineData(20, 3, "a large id")]
    [InlineData(3, 17, "a long mid")]
    public void Two_byte_form_is_used_only_where_the_one_byte_form_cannot_say_it(int midId, int midLength, string why)
    {
        var buffer = new byte[RtpHeaderWriter.MaxLength];
        var mid = new byte[midLength];
        Array.Fill(mid, (byte)'m');
        _ = RtpHeader.TryParse(Video, out var source);
        var map = HeaderExtensionMap.FromUris([(midId, Maps.Mid), (2, Maps.Orientation)]);

        var patches = RtpHeaderWriter.Write(buffer, default, source, Maps.Publisher, map, mid);

        _ = RtpHeader.TryParse(buffer.AsSpan(0, patches.HeaderLength), out var written);
        Assert.True(written.ExtensionProfile == HeaderExtensionReader.TwoByteProfile, why);
        var extensions = HeaderExtensions.Read(written, map);
        Assert.Equal(mid, extensions.Mid.ToArray());
        Assert.Equal([1], extensions[HeaderExtensionKind.VideoOrientation].ToArray());
        Assert.Equal(0, patches.TransportSequenceOffset);
    }

    [Fact]
    public void Without_anything_to_say_there_is_no_extension()
    {
        var buffer = new byte[RtpHeaderWriter.MaxLength];
        var patches = RtpHeaderWriter.Write(buffer, default, HeaderExtensionMap.Empty, "0"u8);
        Assert.Equal(new RtpHeaderPatches(12, 0, 0), patches);
        Assert.Equal(0x80, buffer[0]);
    }

    [Property]
    public bool What_is_written_parses_again_and_never_outgrows_the_buffer(byte[] elements, bool twoBytes, byte profile)
    {
        var words = Math.Min(elements.Length / 4, 300);
        byte[] packet =
        [
            .. Annotated.Bytes("90 60 00 07 00 00 00 2A 00 00 00 01"),
            (byte)(twoBytes ? 0x10 : 0xBE),
            (byte)(twoBytes ? profile & 0x0F : 0xDE),
            (byte)(words >> 8),
            (byte)words,
            .. elements[..(words * 4)],
        ];
        if (RtpHeader.TryParse(packet, out var source) != PacketFault.None)
        {
            return false;
        }

        var buffer = new byte[RtpHeaderWriter.MaxLength];
        var patches = RtpHeaderWriter.Write(buffer, default, source, Maps.Publisher, Maps.Subscriber, "1"u8);
        if (RtpHeader.TryParse(buffer.AsSpan(0, patches.HeaderLength), out var written) != PacketFault.None)
        {
            return false;
        }

        var before = HeaderExtensions.Read(source, Maps.Publisher);
        var after = HeaderExtensions.Read(written, Maps.Subscriber);
        var level = HeaderExtensionKind.AudioLevel;
        return after.Mid.SequenceEqual("1"u8)
            && after.TryReadTransportSequence(out _)
            && (before[level].Length > 200 || after[level].SequenceEqual(before[level]));
    }

    private static HeaderExtensions Read(ReadOnlySpan<byte> packet, HeaderExtensionMap map)
    {
        Assert.Equal(PacketFault.None, RtpHeader.TryParse(packet, out var header));
        return HeaderExtensions.Read(header, map);
    }
}
