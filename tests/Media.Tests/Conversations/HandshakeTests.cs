using EventMeet.Media.Packets;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>Many join at once beside a call: the call does not wait for their public keys.</summary>
public sealed class HandshakeTests
{
    private const int Joiners = 20;
    private const int FirstJoiner = 3;

    [Fact]
    public void Media_leaves_between_the_handshakes_of_many_who_join_at_once()
    {
        using var meeting = new VirtualMeeting();
        var (media, hellos) = PrepareJoiners(meeting);

        for (var i = 0; i < Joiners; i++)
        {
            meeting.Engine.HandleDatagram(hellos[i], meeting.AddressOf((ushort)(FirstJoiner + i)), meeting.Now);
        }

        Assert.Empty(TakeDestinations(meeting));
        var answered = new HashSet<TransportAddress>();
        for (var i = 0; i < Joiners; i++)
        {
            Assert.Equal(meeting.Now, meeting.Engine.NextTimeout);
            meeting.Engine.HandleDatagram(media[i], meeting.AddressOf(1), meeting.Now);
            Assert.Contains(meeting.AddressOf(2), TakeDestinations(meeting));

            meeting.Engine.Advance(meeting.Now);
            var joiner = Assert.Single(TakeDestinations(meeting), address => address != meeting.AddressOf(2));
            Assert.True(answered.Add(joiner));
        }

        Assert.True(meeting.Engine.NextTimeout > meeting.Now);
    }

    [Fact]
    public void Everybody_of_a_storm_connects_and_the_call_loses_nothing()
    {
        using var meeting = new VirtualMeeting();
        _ = meeting.Join(new Guest { Number = 1 });
        var viewer = meeting.Join(new Guest { Number = 2 });
        meeting.Run(TimeSpan.FromSeconds(3));

        var joiners = Enumerable
            .Range(3, 40)
            .Select(number => meeting.Join(new Guest { Number = (ushort)number, SendsAtOnce = false }))
            .ToList();
        meeting.Run(TimeSpan.FromSeconds(3));

        Assert.All(joiners, joiner => Assert.True(joiner.IsConnected));
        Assert.Equal(0, viewer.SlotOf("v0").PacketsLost);
        Assert.Empty(meeting.Complaints);
    }

    [Fact]
    public void Of_one_handshake_only_so_much_waits()
    {
        using var meeting = new VirtualMeeting();
        var (_, hellos) = PrepareJoiners(meeting);

        for (var i = 0; i < 1000; i++)
        {
            meeting.Engine.HandleDatagram(hellos[0], meeting.AddressOf(FirstJoiner), meeting.Now);
        }

        var refused = meeting.Engine.DescribeFaults().ToDictionary()[nameof(PacketFault.DtlsBacklogFull)];
        Assert.InRange(refused, 900, 999);
    }

    // A call of two, of whom one speaks; and others who have got as far as their ClientHello, which the engine has not seen.
    private static (List<byte[]> Media, List<byte[]> Hellos) PrepareJoiners(VirtualMeeting meeting)
    {
        _ = meeting.Join(new Guest { Number = 1, Camera = false });
        _ = meeting.Join(new Guest { Number = 2, SendsAtOnce = false });
        meeting.Run(TimeSpan.FromSeconds(3));
        for (var i = 0; i < Joiners; i++)
        {
            _ = meeting.Join(new Guest { Number = (ushort)(FirstJoiner + i), SendsAtOnce = false });
        }

        var (media, hellos) = (new List<byte[]>(), new List<byte[]>());
        meeting.Tap = datagram =>
        {
            var kind = DatagramClassifier.Classify(datagram);
            if (kind is DatagramKind.Rtp)
            {
                media.Add([.. datagram]);
            }
            else if (kind is DatagramKind.Dtls && hellos.Count < Joiners)
            {
                hellos.Add([.. datagram]);
            }

            return kind is DatagramKind.Stun;
        };
        Assert.True(meeting.RunUntil(() => media.Count >= Joiners && hellos.Count == Joiners, TimeSpan.FromSeconds(1)));
        meeting.Tap = null;
        return (media, hellos);
    }

    private static List<TransportAddress> TakeDestinations(VirtualMeeting meeting)
    {
        var destinations = new List<TransportAddress>();
        while (meeting.Engine.TryTakeTransmit(out var transmit))
        {
            destinations.Add(transmit.Destination);
        }

        return destinations;
    }
}
