using BenchmarkDotNet.Attributes;
using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Benchmarks.Srtp;

/// <summary>
/// One RTP packet with a 28-byte header, protected for, or opened from, 64 peers in turn, as in a fan-out. Opening works on
/// a copy, so it includes a memcpy.
/// </summary>
[MemoryDiagnoser]
public class SrtpBenchmark
{
    private const int HeaderLength = 28; // bytes: fixed header and four words of extension
    private const int DescriptorLength = 4; // bytes of payload that are rewritten for each subscriber
    private const int Peers = 64;

    private readonly SrtpTransform[] _transforms = new SrtpTransform[Peers];
    private readonly SrtpSender[] _senders = new SrtpSender[Peers];
    private readonly byte[][] _protected = new byte[Peers][];
    private readonly byte[] _packet = new byte[1_500];
    private byte[] _payload = [];
    private long _index;

    /// <summary>Gets or sets the profile.</summary>
    [Params(SrtpProfile.AeadAes128Gcm, SrtpProfile.AesCm128HmacSha1Tag80)]
    public SrtpProfile Profile { get; set; }

    /// <summary>Gets or sets how the ciphers are computed; a tier that the processor lacks fails in the setup.</summary>
    [Params(CipherTier.Wide, CipherTier.Narrow, CipherTier.OpenSsl)]
    public CipherTier Tier { get; set; }

    /// <summary>Gets or sets the bytes of payload.</summary>
    [Params(100, 600, 1200)]
    public int Length { get; set; }

    /// <summary>Makes the peers and a packet from each.</summary>
    [GlobalSetup]
    public void Setup()
    {
        if (!CipherTiers.IsSupported(Tier))
        {
            throw new PlatformNotSupportedException($"This processor has no {Tier} tier.");
        }

        _payload = new byte[Length - DescriptorLength];
        for (var peer = 0; peer < Peers; peer++)
        {
            var key = new byte[SrtpKeyMaterial.KeyLength];
            key[0] = (byte)peer;
            _transforms[peer] = SrtpTransform.Create(
                Profile,
                key,
                new byte[SrtpKeyMaterial.SaltLengthOf(Profile)],
                Tier
            );
            _senders[peer] = new SrtpSender(_transforms[peer], 0, 0);
            _protected[peer] = new byte[HeaderLength + Length + _senders[peer].Overhead];
            _ = _senders[peer].ProtectRtp(_protected[peer], HeaderLength, DescriptorLength, _payload, default);
        }
    }

    /// <summary>Wipes the keys.</summary>
    [GlobalCleanup]
    public void Cleanup() => Array.ForEach(_senders, sender => sender.Dispose());

    /// <summary>From the shared payload into the peer's packet.</summary>
    [Benchmark]
    public int Protect()
    {
        var index = ++_index;
        _packet[2] = (byte)(index >> 8);
        _packet[3] = (byte)index;
        return _senders[index % Peers]
            .ProtectRtp(_packet, HeaderLength, DescriptorLength, _payload, new PacketIndex(index));
    }

    /// <summary>In place, in a copy.</summary>
    [Benchmark]
    public bool Open()
    {
        var peer = ++_index % Peers;
        var sealedPacket = _protected[peer];
        sealedPacket.CopyTo(_packet, 0);
        return _transforms[peer].TryUnprotectRtp(_packet.AsSpan(0, sealedPacket.Length), HeaderLength, default);
    }
}
