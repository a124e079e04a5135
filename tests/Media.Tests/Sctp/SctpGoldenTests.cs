using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Sctp.DataChannels;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>Bytes written by hand from the bit pictures of the RFCs.</summary>
public sealed class SctpGoldenTests
{
    private static readonly SctpOptions Options = new();

    private static readonly byte[] InitPacket = Convert.FromHexString(
        "13881388" // ports 5000
            + "00000000" // verification tag: none before the association
            + "00000000" // checksum, judged elsewhere
            + "01000038" // INIT, no flags, length 56
            + "11223344" // initiate tag
            + "00040000" // a_rwnd 256 KiB
            + "FFFFFFFF" // outbound, inbound streams
            + "55667788" // initial TSN
            + "C0000004" // Forward-TSN supported
            + "80080006C0820000" // supported extensions: FORWARD-TSN, RE-CONFIG, padding
            + "8001000800000001" // zero checksum acceptable, error detection by DTLS
            + "0007000841424344" // state cookie
            + "0008000840990004" // unrecognized parameter, whole
    );

    private static readonly byte[] DataPacket = Convert.FromHexString(
        "1388138811223344" // ports, tag
            + "00000000"
            + "000B0013" // DATA, I, B, E; length 19
            + "00000001" // TSN
            + "00020003" // stream 2, sequence number 3
            + "00000033" // PPID 51, text
            + "616263" // abc
            + "00" // padding
    );

    private static readonly byte[] SackPacket = Convert.FromHexString(
        "1388138811223344"
            + "00000000"
            + "0300001C" // SACK, length 28
            + "00000010" // cumulative TSN 16
            + "00001000" // a_rwnd 4096
            + "00020001" // two gap blocks, one duplicate
            + "00020003" // 18 and 19
            + "00050005" // 21
            + "0000000F" // 15 came twice
    );

    private static readonly byte[] ForwardPacket = Convert.FromHexString(
        "1388138811223344"
            + "00000000"
            + "C0000010" // FORWARD-TSN, length 16
            + "00000020" // new cumulative TSN 32
            + "00010007" // stream 1: up to 7
            + "0003FFFF" // stream 3: up to 65535
    );

    private static readonly byte[] ResetPacket = Convert.FromHexString(
        "1388138811223344"
            + "00000000"
            + "82000016" // RE-CONFIG, length 22
            + "000D0012" // outgoing SSN reset request, length 18
            + "00000005" // request 5
            + "00000004" // response 4
            + "00000063" // last assigned TSN 99
            + "0007" // stream 7
            + "0000" // padding
            + "82000010" // RE-CONFIG, length 16
            + "0010000C" // response, length 12
            + "00000005" // to request 5
            + "00000006" // in progress
    );

    private static readonly byte[] Open = Convert.FromHexString(
        "03" // DATA_CHANNEL_OPEN
            + "81" // partially reliable by retransmits, unordered
            + "0200" // priority 512
            + "00000005" // five retransmits
            + "00040002" // label, protocol length
            + "63686174" // chat
            + "7631" // v1
    );

    [Fact]
    public void Crc32c_has_its_check_value()
    {
        Assert.Equal(0xE3069283u, SctpChecksum.OfBytes("123456789"u8));
        var packet = new byte[SackPacket.Length];
        SackPacket.CopyTo(packet, 0);
        var expected = SctpChecksum.OfBytes(packet);
        packet.AsSpan(8, 4).Fill(0xAA); // what stands in the field does not count
        Assert.Equal(expected, SctpChecksum.Compute(packet));
    }

    [Fact]
    public void Writes_what_the_pictures_show()
    {
        Assert.Equal(
            InitPacket,
            Written(
                0,
                (ref writer) =>
                    InitChunk.Write(
                        ref writer,
                        ChunkType.Init,
                        new(0x11223344, new(0x55667788), 0x40000, 65535, true),
                        "ABCD"u8,
                        Convert.FromHexString("0008000840990004")
                    )
            )
        );
        Assert.Equal(
            DataPacket,
            Written(0x11223344, (ref writer) => DataChunk.Write(ref writer, 11, new(1), 2, 3, 51, "abc"u8))
        );
        Assert.Equal(
            SackPacket,
            Written(
                0x11223344,
                (ref writer) =>
                    SackChunk.Write(
                        ref writer,
                        new(16),
                        4096,
                        [new(new(18), new(19)), new(new(21), new(21))],
                        [new(15)]
                    )
            )
        );
        Assert.Equal(
            ForwardPacket,
            Written(
                0x11223344,
                (ref writer) => ForwardTsnChunk.Write(ref writer, new(32), [new(1, 7), new(3, ushort.MaxValue)])
            )
        );
        Assert.Equal(
            ResetPacket,
            Written(
                0x11223344,
                (ref writer) =>
                {
                    OutgoingResetRequest.Write(ref writer, 5, 4, new(99), [7]);
                    new ReconfigResponse(5, ReconfigResult.InProgress).Write(ref writer);
                }
            )
        );
        var parameters = new DataChannelParameters
        {
            Label = "chat",
            Protocol = "v1",
            Ordered = false,
            MaxRetransmits = 5,
            Priority = 512,
        };
        var open = new byte[DcepMessage.MaxOpenLength];
        Assert.Equal(Open, open[..DcepMessage.WriteOpen(parameters, open)]);
    }

    [Fact]
    public void Reads_what_the_pictures_show()
    {
        Assert.Equal(PacketFault.None, InitChunk.TryParse(Only(InitPacket), out var init));
        Assert.Equal(
            (0x11223344u, 0x40000u, 65535, 65535),
            (init.InitiateTag, init.ReceiverWindow, init.OutboundStreams, init.InboundStreams)
        );
        Assert.Equal(new(0x55667788), init.InitialTsn);
        Assert.Equal(
            PacketFault.None,
            init.TryReadParameters(out var capabilities, out var cookie, new byte[64], out var reported)
        );
        Assert.Equal(
            PeerCapabilities.PartialReliability | PeerCapabilities.StreamReset | PeerCapabilities.ZeroChecksum,
            capabilities
        );
        Assert.Equal("ABCD"u8, cookie);
        Assert.Equal(0, reported);

        Assert.Equal(PacketFault.None, DataChunk.TryParse(Only(DataPacket), out var data));
        Assert.True(data is { IsBegin: true, IsEnd: true, IsImmediate: true, IsUnordered: false });
        Assert.Equal(
            (1u, 2, 3, 51u),
            (data.Tsn.Value, data.StreamId, data.StreamSequenceNumber, data.PayloadProtocolIdentifier)
        );
        Assert.Equal("abc"u8, data.Payload);

        Assert.Equal(PacketFault.None, SackChunk.TryParse(Only(SackPacket), out var sack));
        Assert.Equal(
            (16u, 4096u, 2, (2, 3), (5, 5)),
            (sack.CumulativeTsn.Value, sack.ReceiverWindow, sack.GapBlocks, sack.GapBlock(0), sack.GapBlock(1))
        );

        Assert.Equal(PacketFault.None, ForwardTsnChunk.TryParse(Only(ForwardPacket), out var forward));
        Assert.Equal(
            (32u, 2, new(1, 7), new(3, 65535)),
            (forward.NewCumulativeTsn.Value, forward.Streams, forward.Stream(0), forward.Stream(1))
        );

        Assert.Equal(PacketFault.None, DcepMessage.TryParseOpen(Open, out var parameters));
        Assert.Equal(
            new()
            {
                Label = "chat",
                Protocol = "v1",
                Ordered = false,
                MaxRetransmits = 5,
                Priority = 512,
            },
            parameters
        );
    }

    [Fact]
    public void Unknown_parameters_are_reported_or_not_as_their_highest_bits_say()
    {
        // 0xC123: skip and report. 0x8123: skip. 0x4123: stop and report; so FORWARD-TSN after it is not seen.
        var packet = Convert.FromHexString(
            "138813880000000000000000"
                + "0100002800000001000010000001000100000001"
                + "C1230005AA000000"
                + "81230004"
                + "41230004"
                + "C0000004"
        );
        Assert.Equal(PacketFault.None, InitChunk.TryParse(Only(packet), out var init));
        var reported = new byte[64];
        Assert.Equal(PacketFault.None, init.TryReadParameters(out var capabilities, out _, reported, out var length));
        Assert.Equal(PeerCapabilities.None, capabilities);
        Assert.Equal("00080009C1230005AA0000000008000841230004", Convert.ToHexString(reported[..length]));
    }

    [Fact]
    public void Cut_at_any_length_nothing_is_read_beyond_the_end()
    {
        foreach (var packet in new[] { InitPacket, DataPacket, SackPacket, ForwardPacket, ResetPacket })
        {
            for (var length = 0; length < packet.Length; length++)
            {
                // The packet, and then the chunk with a length that fits what is left of it.
                var cut = packet[..length];
                Walk(cut);
                if (length >= 16)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(14), (ushort)(length - 12));
                    Walk(cut);
                }
            }
        }

        for (var length = 0; length < Open.Length; length++)
        {
            Assert.Equal(PacketFault.DataChannelMalformed, DcepMessage.TryParseOpen(Open.AsSpan(0, length), out _));
        }
    }

    private static void Walk(byte[] packet)
    {
        var association = new SctpAssociation(Options);
        _ = association.HandlePacket(packet, new(1));
        if (SctpPacket.TryParse(packet, out var view) != PacketFault.None)
        {
            return;
        }

        var reader = new ChunkReader(view.Chunks);
        while (!reader.IsAtEnd && reader.TryRead(out var chunk) == PacketFault.None)
        {
            if (InitChunk.TryParse(chunk, out var init) == PacketFault.None)
            {
                _ = init.TryReadParameters(out _, out _, new byte[16], out _);
            }

            if (SackChunk.TryParse(chunk, out var sack) == PacketFault.None && sack.GapBlocks > 0)
            {
                _ = sack.GapBlock(sack.GapBlocks - 1);
            }

            if (ForwardTsnChunk.TryParse(chunk, out var forward) == PacketFault.None && forward.Streams > 0)
            {
                _ = forward.Stream(forward.Streams - 1);
            }

            if (DataChunk.TryParse(chunk, out var data) == PacketFault.None)
            {
                Assert.False(data.Payload.IsEmpty);
            }
        }
    }

    private static Chunk Only(byte[] packet)
    {
        Assert.Equal(PacketFault.None, SctpPacket.TryParse(packet, out var view));
        Assert.Equal((5000, 5000), (view.SourcePort, view.DestinationPort));
        var reader = new ChunkReader(view.Chunks);
        Assert.Equal(PacketFault.None, reader.TryRead(out var chunk));
        return chunk;
    }

    private static byte[] Written(uint tag, Write write)
    {
        var packet = new byte[Options.Mtu];
        var writer = new PacketWriter(packet, Options, tag);
        write(ref writer);
        return packet[..writer.Finish(withChecksum: false)];
    }

    private delegate void Write(ref PacketWriter writer);
}
