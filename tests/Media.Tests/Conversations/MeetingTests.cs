using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.Media.Tests.Conversations;

/// <summary>Whole meetings on virtual time: who sees and hears whom, told by what the packets carry.</summary>
public sealed class MeetingTests
{
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(3);

    [Fact]
    public void Three_participants_see_and_hear_each_other()
    {
        using var meeting = new VirtualMeeting();
        VirtualPeer[] peers =
        [
            .. new ushort[] { 1, 2, 3 }.Select(number => meeting.Join(new Guest { Number = number })),
        ];

        meeting.Run(AWhile);

        Assert.Empty(meeting.Complaints);
        foreach (var peer in peers)
        {
            int[] others = [.. new[] { 1, 2, 3 }.Where(number => number != peer.Options.Number)];
            Assert.Equal(others, peer.Met(MediaKind.Video));
            Assert.Equal(others, peer.Met(MediaKind.Audio));
            Assert.All(peer.Slots, slot => Assert.Equal(0, slot.PacketsLost));
            Assert.All(
                peer.Slots.SelectMany(slot => slot.Viewer.Sights.Values),
                sight => Assert.True(sight.BeganWithKeyFrame)
            );
            Assert.InRange(peer.Slots.Sum(slot => slot.Viewer.FramesDecoded), 300, 400);
        }
    }
}
