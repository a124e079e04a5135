using EventMeet.Media.Values;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>A bad network between every client and the server: datagrams are lost or late, both ways.</summary>
/// <param name="loss">The share that is lost each way, 0 to 1.</param>
/// <param name="delay">How much later each datagram arrives, each way.</param>
internal sealed class Impairment(double loss, TimeSpan delay)
{
    // Half a second of 100 Mbit/s; what does not fit is lost, as in a router.
    private const int MaxHeld = 8192;

    private readonly Random _chance = new(1);
    private readonly Queue<Held> _held = new();

    /// <summary>Gets when the next datagram that is held arrives.</summary>
    public MonotonicTime NextTimeout => _held.TryPeek(out var next) ? next.At : MonotonicTime.Never;

    /// <summary>Gets a value indicating whether datagrams have to be held at all.</summary>
    public bool Delays => delay > TimeSpan.Zero;

    public bool Loses() => loss > 0 && _chance.NextDouble() < loss;

    /// <summary>Holds a datagram, or loses it where too many are held.</summary>
    /// <param name="client">Whose it is.</param>
    /// <param name="datagram">Is copied.</param>
    /// <param name="isOutgoing">Goes to the server.</param>
    /// <param name="now">When it was sent, or came out of the real network.</param>
    public void Hold(LoadClient client, ReadOnlySpan<byte> datagram, bool isOutgoing, MonotonicTime now)
    {
        if (_held.Count < MaxHeld)
        {
            _held.Enqueue(new Held(now + delay, client, datagram.ToArray(), isOutgoing));
        }
    }

    public void Advance(MonotonicTime now)
    {
        while (_held.TryPeek(out var next) && next.At <= now)
        {
            _ = _held.Dequeue();
            if (next.IsOutgoing)
            {
                next.Client.SendNow(next.Datagram);
            }
            else
            {
                next.Client.HandleDatagram(next.Datagram, next.At, now);
            }
        }
    }

    private readonly record struct Held(MonotonicTime At, LoadClient Client, byte[] Datagram, bool IsOutgoing);
}
