using EventMeet.Media.Packets;

namespace EventMeet.Media.Tests.Packets;

public sealed class DatagramClassifierTests
{
    [Fact]
    public void Sorts_every_first_byte_as_rfc_7983_says()
    {
        for (var first = 0; first < 256; first++)
        {
            var expected = first switch
            {
                < 4 => DatagramKind.Stun,
                >= 20 and < 64 => DatagramKind.Dtls,
                >= 128 and < 192 => DatagramKind.Rtp,
                _ => DatagramKind.Unknown,
            };
            Assert.Equal(expected, DatagramClassifier.Classify([(byte)first, 96]));
        }

        Assert.Equal(DatagramKind.Unknown, DatagramClassifier.Classify([]));
    }

    [Theory]
    [InlineData(96, DatagramKind.Rtp)]
    [InlineData(191, DatagramKind.Rtp)]
    [InlineData(192, DatagramKind.Rtcp)]
    [InlineData(200, DatagramKind.Rtcp)]
    [InlineData(223, DatagramKind.Rtcp)]
    [InlineData(224, DatagramKind.Rtp)]
    public void Tells_rtcp_from_rtp_by_the_packet_type(byte second, DatagramKind kind) =>
        Assert.Equal(kind, DatagramClassifier.Classify([0x80, second]));
}
