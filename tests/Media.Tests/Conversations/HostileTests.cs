using EventMeet.Media.Packets;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>An engine under a storm of forged, changed and repeated datagrams: the call goes on and nothing grows.</summary>
[Collection(MemoryTestsAlone.Name)]
public sealed class HostileTests
{
    private const int Datagrams = 30_000;

    [Fact]
    public void A_storm_of_changed_and_repeated_datagrams_does_not_disturb_a_call()
    {
        using var meeting = new VirtualMeeting();
        var chance = new Random(99);
        var recorded = new List<byte[]>();
        meeting.Tap = datagram =>
        {
            recorded.Add([.. datagram]);
            return true;
        };
        var first = meeting.Join(new Guest { Number = 1 });
        var second = meeting.Join(new Guest { Number = 2 });
        meeting.Run(TimeSpan.FromSeconds(3));
        meeting.Tap = null;
        TransportAddress[] senders =
        [
            meeting.AddressOf(1),
            meeting.AddressOf(2),
            TransportAddress.FromIPv4(0xCB00_7107, 666), // 203.0.113.7, a stranger
        ];

        for (var i = 0; i < Datagrams; i++)
        {
            var original = recorded[chance.Next(recorded.Count)];
            meeting.Inject(Change(original, chance), senders[chance.Next(senders.Length)]);
            if (i % 100 == 0)
            {
                meeting.Run(TimeSpan.FromMilliseconds(10));
            }
        }

        var before = (first.SlotOf("v0").Viewer.FramesDecoded, second.SlotOf("v0").Viewer.FramesDecoded);
        meeting.Run(TimeSpan.FromSeconds(3));

        Assert.Empty(meeting.Complaints);
        Assert.Equal(2, meeting.Engine.PeerCount);
        Assert.False(first.HasFailed || second.HasFailed);
        Assert.InRange(first.SlotOf("v0").Viewer.FramesDecoded - before.Item1, 40, 50);
        Assert.InRange(second.SlotOf("v0").Viewer.FramesDecoded - before.Item2, 40, 50);
        Assert.Equal(0, first.SlotOf("v0").PacketsLost + second.SlotOf("v0").PacketsLost);
        Assert.True(meeting.Engine.DescribeFaults().Sum(fault => fault.Value) > Datagrams / 2);
    }

    [Fact]
    public void A_storm_from_strangers_makes_nothing_grow()
    {
        using var meeting = new VirtualMeeting();
        var recorded = new List<byte[]>();
        meeting.Tap = datagram =>
        {
            recorded.Add([.. datagram]);
            return true;
        };
        var peer = meeting.Join(new Guest { Number = 1 });
        meeting.Run(TimeSpan.FromSeconds(1));
        meeting.Tap = null;
        peer.Tracks.ForEach(track => track.Stop());
        Storm(meeting, recorded, rounds: 3_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Storm(meeting, recorded, Datagrams);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 256 << 10);
        Assert.Equal((1, 1), (meeting.Engine.PeerCount, meeting.Engine.RoomCount));
    }

    // The virtual network keeps no answer to a stranger: nobody is there.
    private static void Storm(VirtualMeeting meeting, List<byte[]> recorded, int rounds)
    {
        var chance = new Random(7);
        for (var i = 0; i < rounds; i++)
        {
            var stranger = TransportAddress.FromIPv4((uint)chance.Next(), (ushort)chance.Next(1, 65_535));
            meeting.Inject(Change(recorded[chance.Next(recorded.Count)], chance), stranger);
            if (i % 200 == 0)
            {
                meeting.Run(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    private static byte[] Change(byte[] original, Random chance)
    {
        var datagram = (byte[])original.Clone();
        switch (chance.Next(6))
        {
            case 0 when DatagramClassifier.Classify(datagram) is not DatagramKind.Stun:
                // As it was: a repetition. An authentic check that comes from elsewhere is how a peer moves; whoever can
                // repeat one is on its path and could as well cut it.
                return datagram;
            case 1:
                return datagram[..chance.Next(datagram.Length)];
            case 2:
                return [.. datagram, .. new byte[chance.Next(1, 200)]];
            case 3:
                chance.NextBytes(datagram);
                datagram[0] = original[0];
                return datagram;
            default:
                for (var flips = chance.Next(1, 8); flips > 0; flips--)
                {
                    datagram[chance.Next(datagram.Length)] ^= (byte)(1 << chance.Next(8));
                }

                return datagram;
        }
    }
}
