using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>How pictures become trains: what leaves together, what is padded, and that nobody sees a difference.</summary>
public sealed class TrainTests
{
    private const int Viewers = 3;
    private static readonly TimeSpan Wait = new ForwardingOptions().LongestGathering;

    [Fact]
    public void A_picture_leaves_as_one_train_for_each_viewer()
    {
        using var meeting = Meet(new ForwardingOptions());

        var trains = Send(meeting, TakePicture(meeting), meeting.Now);

        Assert.Equal(Viewers, trains.Count);
        Assert.Equal(Viewers, trains.Select(train => train.Destination).Distinct().Count());
        Assert.All(trains, train => Assert.True(train.Count > 5));
    }

    [Fact]
    public void Without_padding_a_picture_leaves_in_runs_of_equal_packets()
    {
        using var meeting = Meet(new ForwardingOptions { MaxPadding = 0 });

        var trains = Send(meeting, TakePicture(meeting), meeting.Now);

        Assert.True(trains.Count > Viewers);
        Assert.Equal(0, meeting.Engine.PaddingOut);
    }

    [Fact]
    public void A_picture_waits_for_its_last_packet_and_no_longer_than_two_milliseconds()
    {
        using var meeting = Meet(new ForwardingOptions());
        var (engine, now) = (meeting.Engine, meeting.Now);
        var picture = TakePicture(meeting);

        Assert.Empty(Send(meeting, picture[..3], now));
        Assert.Equal(now + Wait, engine.NextTimeout);
        Assert.Empty(Advance(meeting, now + Wait - TimeSpan.FromTicks(10)));
        Assert.All(Advance(meeting, now + Wait), train => Assert.Equal(3, train.Count));

        // What comes afterwards is another train.
        var rest = Send(meeting, picture[3..], now + Wait);
        Assert.Equal(Viewers, rest.Count);
        Assert.All(rest, train => Assert.Equal(picture.Count - 3, train.Count));
    }

    [Fact]
    public void Packets_that_the_network_spreads_do_not_wait_for_each_other()
    {
        using var meeting = Meet(new ForwardingOptions());
        var now = meeting.Now;
        var waited = 0;
        for (var pictures = 0; pictures < 5; pictures++)
        {
            foreach (var packet in TakePicture(meeting))
            {
                now += Wait + Wait;
                waited += Send(meeting, [packet], now).Count == 0 ? 1 : 0;
                _ = Advance(meeting, now + Wait);
            }
        }

        Assert.Equal(3, waited);
    }

    [Fact]
    public void A_picture_is_padded_by_no_more_than_allowed()
    {
        var options = new ForwardingOptions { MaxPadding = 2 };
        using var meeting = Meet(options);
        var packets = 0;
        for (var pictures = 0; pictures < 20; pictures++)
        {
            packets += Send(meeting, TakePicture(meeting), meeting.Now).Sum(train => train.Count);
        }

        Assert.InRange(meeting.Engine.PaddingOut, 1, packets * options.MaxPadding);
    }

    [Fact]
    public void Sound_never_waits()
    {
        using var meeting = Meet(new ForwardingOptions());
        var sound = Take(meeting, datagram => (datagram[1] & 0x7F) == 109, isEnd: _ => true);

        Assert.Equal(Viewers, Send(meeting, sound, meeting.Now).Count);
    }

    [Property(MaxTest = 12)]
    public void Viewers_see_the_same_with_any_padding_and_any_loss(byte padding, byte loss, ushort bitrate, byte seed)
    {
        var lossy = new NetworkConditions { Loss = loss % 12 / 100.0 };
        using var meeting = new VirtualMeeting(seed, new ForwardingOptions { MaxPadding = padding });
        for (ushort number = 1; number <= 3; number++)
        {
            _ = meeting.Join(
                new Guest
                {
                    Number = number,
                    BitsPerSecond = 100_000 + (bitrate * 30),
                    Downlink = lossy,
                }
            );
        }

        meeting.Run(TimeSpan.FromSeconds(4));

        Assert.Empty(meeting.Complaints);
        var pictures = meeting.Peers.SelectMany(peer => peer.Slots).Where(slot => slot.Media.Kind is MediaKind.Video);
        Assert.Equal(6, pictures.Count(slot => slot.Viewer.FramesDecoded > 15));
    }

    private static VirtualMeeting Meet(ForwardingOptions options)
    {
        var meeting = new VirtualMeeting(options: options);
        _ = meeting.Join(
            new Guest
            {
                Number = 1,
                BitsPerSecond = 1_000_037,
                VideoSlots = 0,
                AudioSlots = 0,
            }
        );
        meeting.JoinViewers(Viewers);

        meeting.Run(TimeSpan.FromSeconds(3));
        return meeting;
    }

    // The publisher is number 1, whose payload types are Firefox's.
    private static List<byte[]> TakePicture(VirtualMeeting meeting)
    {
        _ = Take(meeting, IsVideo, isEnd: IsLast);
        return Take(meeting, IsVideo, isEnd: IsLast);
    }

    private static List<byte[]> Take(VirtualMeeting meeting, Predicate<byte[]> wanted, Predicate<byte[]> isEnd)
    {
        var taken = new List<byte[]>();
        meeting.Tap = datagram =>
        {
            if (datagram[0] is not (0x80 or 0x90) || !wanted(datagram) || (taken.Count > 0 && isEnd(taken[^1])))
            {
                return true;
            }

            taken.Add(datagram);
            return false;
        };
        Assert.True(meeting.RunUntil(() => taken.Count > 0 && isEnd(taken[^1]), TimeSpan.FromSeconds(5)));
        meeting.Tap = null;
        return taken;
    }

    private static List<(TransportAddress Destination, int Count)> Send(
        VirtualMeeting meeting,
        IEnumerable<byte[]> datagrams,
        MonotonicTime now
    )
    {
        var trains = new List<(TransportAddress, int)>();
        foreach (var datagram in datagrams)
        {
            meeting.Engine.HandleDatagram(datagram, meeting.AddressOf(1), now);
            Drain(meeting, trains);
        }

        return trains;
    }

    private static List<(TransportAddress Destination, int Count)> Advance(VirtualMeeting meeting, MonotonicTime now)
    {
        var trains = new List<(TransportAddress, int)>();
        meeting.Engine.Advance(now);
        Drain(meeting, trains);
        return trains;
    }

    private static void Drain(VirtualMeeting meeting, List<(TransportAddress, int)> trains)
    {
        while (meeting.Engine.TryTakeTransmit(out var transmit))
        {
            // Media for the viewers: not reports, and nothing for the publisher.
            if (transmit.Destination != meeting.AddressOf(1) && (transmit.Data[1] & 0x7F) is 96 or 120 or 111 or 109)
            {
                trains.Add(
                    (transmit.Destination, (transmit.Data.Length + transmit.SegmentSize - 1) / transmit.SegmentSize)
                );
            }
        }
    }

    private static bool IsVideo(byte[] datagram) => (datagram[1] & 0x7F) == 120;

    private static bool IsLast(byte[] datagram) => (datagram[1] & 0x80) != 0;
}
