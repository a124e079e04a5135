using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>
/// The peers whose handshakes have work waiting. Public keys take a thousand times as long as a packet, so a turn does one
/// datagram's worth and then media has its turn again, however many join at once. Peers take turns as well: who sends much
/// waits longest.
/// </summary>
/// <remarks>Bounded by the peers: each is in it once, and keeps no more datagrams than a flight or two has.</remarks>
internal sealed class HandshakeQueue
{
    private readonly Queue<Peer> _waiting = new();

    /// <summary>Gets when to call <see cref="Advance"/>: at once while anybody waits.</summary>
    public MonotonicTime NextTimeout { get; private set; } = MonotonicTime.Never;

    /// <summary>A peer has got its first datagram that waits.</summary>
    public void Enqueue(Peer peer, MonotonicTime now)
    {
        _waiting.Enqueue(peer);
        NextTimeout = MonotonicTime.Soonest(NextTimeout, now);
    }

    /// <summary>Takes one datagram of one handshake on.</summary>
    public void Advance(MonotonicTime now)
    {
        if (_waiting.Count > 0)
        {
            Continue(_waiting.Dequeue(), now);
            NextTimeout = _waiting.Count > 0 ? now : MonotonicTime.Never;
        }
    }

    private void Continue(Peer peer, MonotonicTime now)
    {
        if (peer.IsClosed)
        {
            return;
        }

        peer.Transport.ContinueHandshake(now);
        if (peer.IsConnected)
        {
            peer.Room.HandleConnected(peer, now);
        }
        else if (peer.Transport.HasBacklog)
        {
            _waiting.Enqueue(peer);
        }

        peer.NoteUnsettled();
    }
}
