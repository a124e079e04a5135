using EventMeet.Media.Dtls;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Dtls;

public sealed class DtlsRecordLayerTests
{
    [Fact]
    public void Expands_secrets_as_the_published_vector_of_the_tls_1_2_prf()
    {
        var output = new byte[100];
        DtlsSecrets.Expand(
            Convert.FromHexString("9BBE436BA940F017B17652849A71DB35"),
            "test label"u8,
            Convert.FromHexString("A0BA9F936CDA311827A6F796FFD5198C"),
            output
        );
        Assert.Equal(
            "E3F229BA727BE17B8D122620557CD453C2AAB21D07C3D495329B52D4E61EDB5A"
                + "6B301791E90D35C9C9A46B4E14BAF9AF0FA022F7077DEF17ABFD3797C0564BAB"
                + "4FBC91666E9DEF9B97FCE34F796789BAA48082D122EE42C5A72E5A5110FFF701"
                + "87347B66",
            Convert.ToHexString(output)
        );
    }

    [Property(MaxTest = 500)]
    public void The_replay_window_takes_every_number_once_unless_it_is_too_old(byte[] steps)
    {
        var window = default(DtlsReplayWindow);
        var seen = new HashSet<ulong>();
        var position = 200L;
        foreach (var step in steps)
        {
            position = Math.Max(0, position + (step % 64) - 24);
            var number = (ulong)position;
            var tooOld = seen.Count > 0 && seen.Max() >= number + 64;
            Assert.Equal(!tooOld && !seen.Contains(number), window.IsFresh(number));
            if (window.IsFresh(number))
            {
                window.Note(number);
                _ = seen.Add(number);
            }
        }
    }

    [Fact]
    public void Numbers_the_records_in_clear_and_leaves_protected_ones_alone()
    {
        byte[] datagram =
        [
            22,
            0xFE,
            0xFD,
            0,
            0,
            9,
            9,
            9,
            9,
            9,
            9,
            0,
            2,
            1,
            1, // epoch 0, two bytes
            20,
            0xFE,
            0xFD,
            0,
            0,
            9,
            9,
            9,
            9,
            9,
            9,
            0,
            1,
            1, // epoch 0, one byte
            22,
            0xFE,
            0xFD,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            3,
            0,
            1,
            7, // epoch 1
        ];
        var next = 0x01_0203UL;
        DtlsRecord.Renumber(datagram, ref next);
        Assert.Equal(0x01_0205UL, next);
        Assert.Equal([0, 0, 0, 0, 0, 1, 2, 3], datagram[3..11]);
        Assert.Equal([0, 0, 0, 0, 0, 1, 2, 4], datagram[18..26]);
        Assert.Equal([0, 1, 0, 0, 0, 0, 0, 3], datagram[32..40]);
        Assert.Equal(29, DtlsRecord.LengthOfEpochZero(datagram));
    }

    [Property(MaxTest = 1000)]
    public bool Walking_any_bytes_stays_inside_them(byte[] datagram)
    {
        var next = 0UL;
        _ = DtlsRecord.Check(datagram);
        var copy = (byte[])datagram.Clone();
        DtlsRecord.Renumber(copy, ref next);
        return copy.Length == datagram.Length && DtlsRecord.LengthOfEpochZero(datagram) <= datagram.Length;
    }
}
