using BenchmarkDotNet.Attributes;
using EventMeet.Media.Codecs;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Benchmarks.Rtp;

/// <summary>What a packet costs apart from encryption: reading its header once, and for each slot new numbers and a new header.</summary>
[MemoryDiagnoser]
public class PacketBenchmark
{
    private static readonly (int, string)[] Extensions =
    [
        (2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
        (3, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
        (4, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    ];

    private readonly HeaderExtensionMap _map = HeaderExtensionMap.FromUris(Extensions);
    private readonly SlotRewriter _rewriter = new(90_000, marksTalkspurts: false, new SequenceNumber(7), 11);
    private readonly byte[] _packet = new byte[1500];
    private readonly byte[] _outgoing = new byte[1500];
    private readonly byte[] _mid = "12"u8.ToArray();
    private Vp8Descriptor _descriptor;
    private long _index;

    /// <summary>Writes a packet as a publisher sends it.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var fields = new RtpHeaderFields(96, Marker: false, new SequenceNumber(1), 2, 3);
        var patches = RtpHeaderWriter.Write(_packet, fields, _map, _mid);
        _descriptor = new Vp8Descriptor
        {
            StartsPartition = true,
            PictureIdBits = 15,
            HasTl0PictureIndex = true,
            HasTemporalId = true,
        };
        _ = _descriptor.Write(_packet.AsSpan(patches.HeaderLength));
        _ = Vp8Descriptor.TryParse(_packet.AsSpan(patches.HeaderLength), out _descriptor);
        _rewriter.SwitchTo(1, new SourcePacket(new PacketIndex(0), 2, Marker: false, _descriptor), MonotonicTime.Zero);
    }

    /// <summary>Header, extensions and VP8's descriptor.</summary>
    [Benchmark]
    public int Parse()
    {
        _ = RtpHeader.TryParse(_packet, out var header);
        _ = HeaderExtensions.Read(header, _map).TryReadTransportSequence(out var number);
        _ = Vp8Descriptor.TryParse(_packet.AsSpan(header.HeaderLength), out var descriptor);
        return number + descriptor.PictureId;
    }

    /// <summary>The slot's own numbers.</summary>
    [Benchmark]
    public bool MapNumbers()
    {
        _index++;
        var descriptor = _descriptor with { PictureId = (ushort)(_index & 0x7FFF) };
        return _rewriter.TryMap(
            1,
            new SourcePacket(new PacketIndex(_index), (uint)_index, Marker: false, descriptor),
            MonotonicTime.Zero,
            out _
        );
    }

    /// <summary>The slot's own header.</summary>
    [Benchmark]
    public int WriteHeader()
    {
        _ = RtpHeader.TryParse(_packet, out var header);
        var fields = new RtpHeaderFields(96, Marker: false, new SequenceNumber(1), 2, 3);
        return RtpHeaderWriter.Write(_outgoing, fields, header, _map, _map, _mid).HeaderLength;
    }
}
