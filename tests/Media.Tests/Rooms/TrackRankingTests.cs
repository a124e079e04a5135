using EventMeet.Media.Dtls;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Rooms;

/// <summary>Which tracks are wanted most.</summary>
public sealed class TrackRankingTests : IDisposable
{
    private static readonly MonotonicTime Now = new(1_000_000);
    private readonly DtlsIdentity _identity = DtlsIdentity.Create(
        VirtualMeeting.Origin,
        VirtualMeeting.Origin.AddYears(1)
    );
    private readonly List<Peer> _peers = [];
    private readonly List<Track> _tracks = [];
    private readonly TrackRanking _ranking = new();

    public TrackRankingTests()
    {
        var context = new EngineContext(_identity, VirtualMeeting.Origin, new ForwardingOptions());
        var room = new Room(new RoomParameters("r", "t", 1, null, null, 9, TimeSpan.FromSeconds(9)), context, Now);
        for (ushort number = 1; number <= 4; number++)
        {
            var guest = new Guest { Number = number, ScreenShare = number == 3 };
            var peer = new Peer(guest.ToParameters(VirtualMeeting.GuestFingerprint), room, context, Now);
            peer.Tracks.ForEach(track => track.Publish(track.Media.Codecs[0]));
            _peers.Add(peer);
            _tracks.AddRange(peer.Tracks);
        }
    }

    [Fact]
    public void Screens_come_first_then_who_had_the_floor_last_then_the_order_of_publishing()
    {
        _peers[3].LastDominant = Now;
        _peers[1].LastDominant = Now + TimeSpan.FromSeconds(1);

        Assert.Equal(["screen_3", "cam_2", "cam_4", "cam_1", "cam_3"], Rank(MediaKind.Video));
    }

    [Fact]
    public void Of_sounds_whoever_speaks_comes_first_then_whoever_spoke_last()
    {
        _tracks.Find(track => track.Id is "mic_3")!.Voice!.IsSpeaking = true;
        _tracks.Find(track => track.Id is "mic_2")!.Voice!.LastSpoke = Now;

        Assert.Equal(["mic_3", "mic_2", "mic_1", "mic_4"], Rank(MediaKind.Audio));
    }

    [Fact]
    public void What_is_muted_is_not_wanted()
    {
        _tracks.Find(track => track.Id is "cam_1")!.IsMuted = true;
        _tracks.Find(track => track.Id is "screen_3")!.IsMuted = true;

        Assert.Equal(["cam_2", "cam_3", "cam_4"], Rank(MediaKind.Video));
    }

    public void Dispose()
    {
        _peers.ForEach(peer => peer.Dispose());
        _identity.Dispose();
    }

    private IEnumerable<string> Rank(MediaKind kind)
    {
        _ranking.Rank(_tracks, kind);
        return _ranking.Tracks.Select(track => track.Id);
    }
}
