using BenchmarkDotNet.Attributes;
using EventMeet.Media.Srtp;
using EventMeet.Media.Srtp.Ciphers;
using EventMeet.Media.Values;

namespace EventMeet.Benchmarks.Srtp;

/// <summary>AES_CM_128_HMAC_SHA1_80 for sixteen peers, their tags computed together; per packet.</summary>
[MemoryDiagnoser]
public class Sha1TagBatchBenchmark
{
    private const int HeaderLength = 28; // bytes
    private const int Peers = 16;

    private readonly SrtpSender[] _senders = new SrtpSender[Peers];
    private readonly Sha1TagBatch _batch = new(CipherTiers.Best);
    private byte[] _arena = [];
    private byte[] _payload = [];
    private long _index;

    /// <summary>Gets or sets the bytes of payload.</summary>
    [Params(100, 600, 1200)]
    public int Length { get; set; }

    /// <summary>Makes the peers.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[Length];
        _arena = GC.AllocateArray<byte>(Peers * (HeaderLength + Length + HmacSha1Key.TagLength), pinned: true);
        for (var peer = 0; peer < Peers; peer++)
        {
            var key = new byte[SrtpKeyMaterial.KeyLength];
            key[0] = (byte)peer;
            _senders[peer] = new SrtpSender(SrtpProfile.AesCm128HmacSha1Tag80, key, new byte[14]);
        }
    }

    /// <summary>Wipes the keys.</summary>
    [GlobalCleanup]
    public void Cleanup() => Array.ForEach(_senders, sender => sender.Dispose());

    /// <summary>One packet to each peer.</summary>
    [Benchmark(OperationsPerInvoke = Peers)]
    public int Protect()
    {
        var index = ++_index;
        var offset = 0;
        foreach (var sender in _senders)
        {
            var packet = _arena.AsSpan(offset);
            packet[2] = (byte)(index >> 8);
            packet[3] = (byte)index;
            offset += sender.ProtectRtp(packet, HeaderLength, 0, _payload, new PacketIndex(index), _batch);
        }

        _batch.Complete();
        return offset;
    }
}
