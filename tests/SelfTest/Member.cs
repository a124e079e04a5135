using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.SelfTest;

/// <summary>One participant of the self-test.</summary>
/// <param name="number">The number that its content carries.</param>
/// <param name="peer">Its media.</param>
/// <param name="token">Its token.</param>
/// <param name="session">The path of its session.</param>
/// <param name="postedAt">When its offer was sent.</param>
internal sealed class Member(ushort number, VirtualPeer peer, string token, string session, MonotonicTime postedAt)
{
    public ushort Number => number;

    public VirtualPeer Peer => peer;

    public string Token => token;

    public string Session => session;

    public MonotonicTime PostedAt => postedAt;

    public string Name => $"Synthetic {number}";

    /// <summary>Gets the participant's id in the room; null before it was welcomed.</summary>
    public string? Participant =>
        peer.InCall.Of("welcome").Select(message => message.GetProperty("self").Text("participant")).FirstOrDefault();

    /// <summary>Gets from offer to open transport.</summary>
    public TimeSpan JoinTime => peer.ConnectedAt - postedAt;

    /// <summary>Gets the longest time from open transport, the later of both ends', to somebody's first whole picture.</summary>
    public TimeSpan KeyFrameWait(IEnumerable<Member> others) =>
        others
            .SelectMany(other =>
                peer.Slots.Where(slot =>
                        slot.Media.Kind is MediaKind.Video && slot.Viewer.Sights.ContainsKey(other.Number)
                    )
                    .Select(slot =>
                        slot.Viewer.Sights[other.Number].FirstAt - Later(peer.ConnectedAt, other.Peer.ConnectedAt)
                    )
            )
            .DefaultIfEmpty()
            .Max();

    public long Received(MediaKind kind) => Slots(kind).Sum(slot => slot.PacketsReceived);

    public long Lost(MediaKind kind) => Slots(kind).Sum(slot => slot.PacketsLost);

    public IEnumerable<IncomingSlot> Slots(MediaKind kind) => peer.Slots.Where(slot => slot.Media.Kind == kind);

    public bool Met(MediaKind kind, IEnumerable<Member> others) =>
        others.All(other => peer.Met(kind).Contains(other.Number));

    public void Say(SocketPump pump, string json)
    {
        peer.Say(json, pump.Now);
        pump.Flush(peer);
    }

    private static MonotonicTime Later(MonotonicTime first, MonotonicTime second) => first > second ? first : second;
}
