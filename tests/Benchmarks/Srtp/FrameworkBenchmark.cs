using System.Buffers.Binary;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;

namespace EventMeet.Benchmarks.Srtp;

/// <summary>The same packets as <see cref="SrtpBenchmark"/>, with nothing but what the framework offers.</summary>
[MemoryDiagnoser]
public class FrameworkBenchmark
{
    private const int HeaderLength = 28; // bytes
    private const int Peers = 64;

    private readonly AesGcm[] _gcm = new AesGcm[Peers];
    private readonly IncrementalHash[] _hmac = new IncrementalHash[Peers];
    private readonly byte[] _packet = new byte[1_500];
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _digest = new byte[20];
    private byte[] _payload = [];
    private int _index;

    /// <summary>Gets or sets the bytes of payload.</summary>
    [Params(100, 600, 1200)]
    public int Length { get; set; }

    /// <summary>Makes the peers.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[Length];
        for (var peer = 0; peer < Peers; peer++)
        {
            var key = new byte[16];
            key[0] = (byte)peer;
            _gcm[peer] = new AesGcm(key, 16);
            _hmac[peer] = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, new byte[20]);
        }
    }

    /// <summary>Frees the peers.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        Array.ForEach(_gcm, gcm => gcm.Dispose());
        Array.ForEach(_hmac, hmac => hmac.Dispose());
    }

    /// <summary>All of AEAD_AES_128_GCM.</summary>
    [Benchmark]
    public byte Gcm()
    {
        var index = ++_index;
        BinaryPrimitives.WriteInt32BigEndian(_nonce.AsSpan(8), index);
        _gcm[index % Peers]
            .Encrypt(
                _nonce,
                _payload,
                _packet.AsSpan(HeaderLength, Length),
                _packet.AsSpan(HeaderLength + Length, 16),
                _packet.AsSpan(0, HeaderLength)
            );
        return _packet[HeaderLength];
    }

    /// <summary>Only the tag of AES_CM_128_HMAC_SHA1_80: the framework has no counter mode.</summary>
    [Benchmark]
    public byte HmacSha1()
    {
        var hmac = _hmac[++_index % Peers];
        hmac.AppendData(_packet, 0, HeaderLength + Length);
        hmac.AppendData(_nonce, 0, 4);
        _ = hmac.TryGetHashAndReset(_digest, out _);
        return _digest[0];
    }
}
