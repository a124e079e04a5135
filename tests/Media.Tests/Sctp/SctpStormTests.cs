using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>Bytes that no honest peer sends.</summary>
public sealed class SctpStormTests
{
    [Property(MaxTest = 300)]
    public void Any_bytes_are_taken_without_a_throw(byte[] chunks)
    {
        var lab = SctpLab.Connected();
        var tag = CaptureTag(lab);
        foreach (var verificationTag in new[] { [0, 0, 0, 0], tag })
        {
            byte[] packet = [0x13, 0x88, 0x13, 0x88, .. verificationTag, 0, 0, 0, 0, .. chunks];
            _ = lab.Server.Channels.HandlePacket(packet, lab.Now);
            lab.Server.TakeEvents();
            _ = lab.Server.TakePackets(lab.Now);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Mutated_packets_never_throw_and_memory_stays_bounded(int seed)
    {
        var chance = new Random(seed);
        for (var round = 0; round < 40; round++)
        {
            var lab = SctpLab.Connected((seed * 1000) + round);
            Assert.True(lab.Client.Channels.TryOpen(new() { Label = "a" }, lab.Now, out var first));
            Assert.True(
                lab.Client.Channels.TryOpen(new() { MaxRetransmits = 0, Ordered = false }, lab.Now, out var second)
            );
            lab.Loss = 0.1;
            lab.Tamper = (_, packet) => chance.Next(3) == 0 ? Mutate(packet, chance) : packet;
            for (var index = 0; index < 40; index++)
            {
                _ = lab.Client.Channels.Send(first, false, new byte[chance.Next(1, 5000)], lab.Now);
                _ = lab.Server.Channels.Send(first, true, new byte[chance.Next(0, 500)], lab.Now);
                _ = lab.Client.Channels.Send(second, false, new byte[chance.Next(0, 3000)], lab.Now);
                if (index == 20)
                {
                    lab.Client.Channels.Close(second, lab.Now);
                }

                lab.Run(TimeSpan.FromMilliseconds(20));
                Assert.InRange(lab.Server.Association.Sender.InFlight, 0, 512 * 1024);
                Assert.InRange(lab.Client.Association.Sender.InFlight, 0, 512 * 1024);
                Assert.InRange(lab.PacketsOnWire, 0, 5000);
            }
        }
    }

    [Fact]
    public void A_storm_with_wrong_tags_or_checksums_does_not_touch_a_live_association()
    {
        var lab = SctpLab.Connected(options: new() { ZeroChecksum = false });
        Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
        var chance = new Random(5);
        lab.Tamper = (to, packet) =>
        {
            // Each honest packet is followed by forged ones: other tags, or the right one and a wrong checksum.
            for (var index = 0; index < 5; index++)
            {
                var forged = Mutate(packet, chance);
                if (forged.Length < 20 || (ChunkType)forged[12] is ChunkType.Init or ChunkType.CookieEcho)
                {
                    continue;
                }

                forged[4] ^= 0x55;
                _ = to.Association.HandlePacket(index % 2 == 0 ? Sealed(forged) : forged, lab.Now);
            }

            return packet;
        };
        for (var index = 0; index < 200; index++)
        {
            _ = lab.Client.Channels.Send(streamId, false, new byte[1 + (index * 20)], lab.Now);
            lab.Run(TimeSpan.FromMilliseconds(10));
        }

        lab.RunUntil(() => lab.Server.Messages.Count == 200);
        Assert.Equal(
            Enumerable.Range(0, 200).Select(index => 1 + (index * 20)),
            lab.Server.Messages.Select(message => message.Payload.Length)
        );
    }

    [Property(MaxTest = 300)]
    public void Received_tsns_agree_with_a_set(uint start, byte[] offsets)
    {
        var received = new ReceivedTsns();
        received.Start(new(start));
        var model = new HashSet<int>();
        for (var index = 0; index < offsets.Length; index++)
        {
            int offset = offsets[index];
            var tsn = new Tsn(start).Plus(offset);
            if (index % 17 == 16)
            {
                received.AdvanceTo(tsn);
                model.UnionWith(Enumerable.Range(0, offset + 1));
            }
            else if (!received.Contains(tsn))
            {
                Assert.True(received.CanAdd(tsn));
                received.Add(tsn);
                Assert.True(model.Add(offset));
            }

            var cumulative = Enumerable.Range(0, 300).TakeWhile(model.Contains).Count() - 1;
            Assert.Equal(new Tsn(start).Plus(cumulative), received.Cumulative);
            var beyond = new List<int>();
            foreach (var range in received.Ranges)
            {
                Assert.True(range.First > received.Cumulative.Next);
                beyond.AddRange(
                    Enumerable.Range(range.First.DistanceFrom(new(start)), range.Last.DistanceFrom(range.First) + 1)
                );
            }

            Assert.Equal(model.Where(value => value > cumulative).Order(), beyond);
        }
    }

    [Property(MaxTest = 200)]
    public void Fragments_in_any_order_become_the_messages_they_were(int seed, byte count)
    {
        // Messages of one to seven fragments, on three streams, one of them unordered, shuffled.
        var chance = new Random(seed);
        var (events, fragments, expected) = (
            new Queue<SctpEvent>(),
            new List<byte[]>(),
            new List<(int Stream, string Bytes)>()
        );
        var sequence = new ushort[3];
        var tsn = new Tsn(uint.MaxValue - 20);
        var first = tsn;
        for (var index = 0; index < count % 40; index++)
        {
            var (stream, pieces) = (chance.Next(3), chance.Next(1, 8));
            var payload = new byte[pieces * 3];
            chance.NextBytes(payload);
            expected.Add((stream, Convert.ToHexString(payload)));
            for (var piece = 0; piece < pieces; piece++)
            {
                var flags = (stream == 2 ? 4 : 0) | (piece == 0 ? 2 : 0) | (piece == pieces - 1 ? 1 : 0);
                var buffer = new byte[600];
                var writer = new PacketWriter(buffer, new(), 0);
                DataChunk.Write(
                    ref writer,
                    (byte)flags,
                    tsn,
                    (ushort)stream,
                    stream == 2 ? (ushort)0 : sequence[stream],
                    53,
                    payload.AsSpan(piece * 3, 3)
                );
                fragments.Add(buffer[12..writer.Length]);
                tsn = tsn.Next;
            }

            sequence[stream]++;
        }

        var receiver = new DataReceiver(new(), new(), events);
        receiver.Start(first);
        chance.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fragments));
        foreach (var fragment in fragments)
        {
            _ = new ChunkReader(fragment).TryRead(out var chunk);
            Assert.Equal(PacketFault.None, DataChunk.TryParse(chunk, out var data));
            Assert.Equal(PacketFault.None, receiver.HandleData(data));
        }

        var delivered = events
            .Select(taken => (Stream: (int)taken.StreamId, Bytes: Convert.ToHexString(taken.Payload)))
            .ToList();
        Assert.Equal(expected.Where(message => message.Stream == 0), delivered.Where(message => message.Stream == 0));
        Assert.Equal(expected.Where(message => message.Stream == 1), delivered.Where(message => message.Stream == 1));
        Assert.Equal(expected.Order(), delivered.Order());
        Assert.Equal(tsn.Previous, receiver.Cumulative);
    }

    private static byte[] Mutate(byte[] packet, Random chance)
    {
        var changed = packet.ToArray();
        for (var count = chance.Next(1, 4); count > 0; count--)
        {
            var at = chance.Next(12, changed.Length);
            changed[at] = (byte)chance.Next(256);
        }

        if (chance.Next(4) == 0)
        {
            changed = changed[..chance.Next(1, changed.Length)];
        }
        else if (chance.Next(4) == 0)
        {
            changed =
            [
                .. changed[..Math.Min(changed.Length, 590)],
                .. packet.AsSpan(12, Math.Min(packet.Length - 12, 500)),
            ];
        }

        return changed.Length >= 16 ? Sealed(changed) : changed;
    }

    private static byte[] CaptureTag(SctpLab lab)
    {
        byte[] tag = [];
        lab.Tamper = (to, packet) =>
        {
            tag = to == lab.Server ? packet[4..8] : tag;
            return packet;
        };
        _ = lab.Client.Channels.TryOpen(new(), lab.Now, out _);
        lab.Run(TimeSpan.FromSeconds(1));
        return tag;
    }

    private static byte[] Sealed(byte[] packet)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), SctpChecksum.Compute(packet));
        return packet;
    }
}
