using EventMeet.Media.Srtp;

namespace EventMeet.Media.Tests.Srtp;

public sealed class SrtpKeyMaterialTests
{
    [Theory]
    [InlineData(SrtpProfile.AesCm128HmacSha1Tag80, 60, 14)]
    [InlineData(SrtpProfile.AeadAes128Gcm, 56, 12)]
    public void Is_cut_in_the_order_of_RFC_5764(SrtpProfile profile, int length, int saltLength)
    {
        byte[] material =
        [
            .. Enumerable.Repeat((byte)1, 16),
            .. Enumerable.Repeat((byte)2, 16),
            .. Enumerable.Repeat((byte)3, saltLength),
            .. Enumerable.Repeat((byte)4, saltLength),
        ];
        Assert.Equal(length, SrtpKeyMaterial.LengthOf(profile));
        Assert.Equal(material.AsSpan(0, 16), SrtpKeyMaterial.ClientKey(profile, material));
        Assert.Equal(material.AsSpan(16, 16), SrtpKeyMaterial.ServerKey(profile, material));
        Assert.Equal(material.AsSpan(32, saltLength), SrtpKeyMaterial.ClientSalt(profile, material));
        Assert.Equal(material.AsSpan(32 + saltLength), SrtpKeyMaterial.ServerSalt(profile, material));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            _ = SrtpKeyMaterial.ClientKey(profile, material.AsSpan(1)).Length
        );
    }
}
