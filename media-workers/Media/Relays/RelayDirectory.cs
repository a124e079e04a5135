using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>All relays that leave an engine, by the SSRC that their receiving ends answer under.</summary>
internal sealed class RelayDirectory(EngineContext context) : IDisposable
{
    // A recording each for as many rooms as a shard can have, and some that linger.
    private const int MaxRelays = 2000;

    private const int SsrcOffset = 4;

    private readonly List<Relay> _all = [];
    private readonly Dictionary<uint, Relay> _byReceiverSsrc = [];

    /// <summary>Gets every relay, those that linger included.</summary>
    public List<Relay> All => _all;

    /// <summary>Gets a value indicating whether another one would be too many.</summary>
    public bool IsFull => _all.Count >= MaxRelays;

    /// <summary>Finds the relay that an SRTCP packet is for, by its clear SSRC; nothing is proved by that.</summary>
    public bool TryFind(ReadOnlySpan<byte> datagram, out Relay relay)
    {
        relay = null!;
        return datagram.Length >= SsrcOffset + sizeof(uint)
            && _byReceiverSsrc.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(datagram[SsrcOffset..]), out relay!);
    }

    /// <summary>Makes a relay.</summary>
    public Relay Add(RelayParameters parameters, Room room, MonotonicTime now)
    {
        uint ssrc;
        do
        {
            ssrc = BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(sizeof(uint)));
        } while (_byReceiverSsrc.ContainsKey(RelayProtocol.ReceiverSsrc(ssrc)));

        var relay = new Relay(parameters, room, ssrc, context, now);
        _all.Add(relay);
        _byReceiverSsrc.Add(RelayProtocol.ReceiverSsrc(ssrc), relay);
        return relay;
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        foreach (var relay in _all)
        {
            if (now >= relay.NextTimeout)
            {
                relay.Advance(now);
            }

            context.WakeAt(relay.NextTimeout);
        }
    }

    /// <summary>Wipes all keys.</summary>
    public void Dispose()
    {
        foreach (var relay in _all)
        {
            relay.Dispose();
        }
    }

    /// <summary>Forgets a relay that has finished.</summary>
    /// <returns>False when it was forgotten before.</returns>
    public bool TryRemove(Relay relay)
    {
        if (!_all.Remove(relay))
        {
            return false;
        }

        _ = _byReceiverSsrc.Remove(RelayProtocol.ReceiverSsrc(relay.Ssrc));
        relay.Dispose();
        return true;
    }
}
