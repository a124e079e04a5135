using EventMeet.Media.Ice;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>All peers of an engine, by ICE ufrag and by validated address. Looking up allocates nothing.</summary>
internal sealed class PeerDirectory
{
    private const int MaxUfrag = 256; // RFC 8839 section 5.4

    private readonly List<Peer> _all = [];
    private readonly Dictionary<string, Peer> _byUfrag = new(StringComparer.Ordinal);
    private readonly Dictionary<TransportAddress, Peer> _byAddress = [];

    public int Count => _all.Count;

    public List<Peer> All => _all;

    /// <summary>Finds by address.</summary>
    public bool TryFind(TransportAddress remote, out Peer peer) => _byAddress.TryGetValue(remote, out peer!);

    /// <summary>Finds by the ufrag that we gave.</summary>
    public bool TryFind(ReadOnlySpan<byte> ufrag, out Peer peer)
    {
        peer = null!;
        if (ufrag.Length > MaxUfrag)
        {
            return false;
        }

        Span<char> text = stackalloc char[MaxUfrag];
        for (var i = 0; i < ufrag.Length; i++)
        {
            text[i] = (char)ufrag[i];
        }

        return _byUfrag.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..ufrag.Length], out peer!);
    }

    /// <summary>Is this ufrag free, or the given peer's own?</summary>
    public bool IsFree(string ufrag, Peer? peer = null) => !_byUfrag.TryGetValue(ufrag, out var owner) || owner == peer;

    public void Add(Peer peer)
    {
        _all.Add(peer);
        _byUfrag.Add(peer.Parameters.Ice.LocalUfrag, peer);
    }

    /// <summary>The peer also has this ufrag, after an ICE restart; the old one stays until ICE retires it.</summary>
    public void AddUfrag(string ufrag, Peer peer) => _ = _byUfrag.TryAdd(ufrag, peer);

    public void Remove(Peer peer)
    {
        _ = _all.Remove(peer);
        foreach (var (ufrag, owner) in _byUfrag)
        {
            if (owner == peer)
            {
                _ = _byUfrag.Remove(ufrag);
            }
        }

        foreach (var (address, owner) in _byAddress)
        {
            if (owner == peer)
            {
                _ = _byAddress.Remove(address);
            }
        }
    }

    /// <summary>Nobody is at this address any more.</summary>
    public void Forget(TransportAddress remote) => _ = _byAddress.Remove(remote);

    /// <summary>Takes over which addresses and ufrags a peer has won or lost.</summary>
    public void TakeIceEvents(Peer peer)
    {
        while (peer.Transport.Ice.TryTakeEvent(out var taken))
        {
            switch (taken.Kind)
            {
                case IceEventKind.AddressValidated:
                    // Whoever answers there now has proved it: a NAT may have given a port to somebody else.
                    _byAddress[taken.Address] = peer;
                    break;
                case IceEventKind.AddressForgotten
                    when _byAddress.TryGetValue(taken.Address, out var owner) && owner == peer:
                    _ = _byAddress.Remove(taken.Address);
                    break;
                case IceEventKind.CredentialsRetired when taken.Ufrag is { } ufrag:
                    _ = _byUfrag.Remove(ufrag);
                    break;
                default:
                    break;
            }
        }
    }
}
