using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Links;

/// <summary>A peer of another engine, as the link to it tells. What is asked of it goes back there.</summary>
/// <param name="link">Who tells of it.</param>
/// <param name="session">The session's id.</param>
/// <param name="participant">Who it is.</param>
internal sealed class RemoteMember(Link link, string session, ParticipantParameters participant) : IMember
{
    /// <summary>Gets who tells of it.</summary>
    public Link Link => link;

    public Room Room => link.Room;

    public string Session => session;

    public ParticipantParameters Participant { get; set; } = participant;

    public DateTimeOffset? JoinedAt { get; set; }

    public bool HandRaised { get; set; }

    public MonotonicTime LastDominant { get; set; }

    public List<Track> Tracks { get; } = [];

    public SenderClock SenderClock { get; } = new();

    public bool IsClosed { get; set; }

    public void RequestKeyFrame(Layer layer, MonotonicTime now)
    {
        if (layer.KeyFrames.TryPassOn(now))
        {
            link.Send(new KeyFrameWanted(link.Id, layer.UpstreamTag));
        }
    }

    public void HandleDemand(Layer layer) => link.HandleDemand(layer);

    public void LeaveBecause(LeaveReason reason) => link.Send(new CloseMember(link.Id, session, reason));

    public void Mute(Track track, string moderator) => link.Send(new MuteMember(link.Id, track.Id, moderator));
}
