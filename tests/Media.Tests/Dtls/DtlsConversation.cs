using EventMeet.Media.Dtls;
using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Dtls;

/// <summary>A server and a client on virtual time, with a seeded link between them that delays, loses and reorders.</summary>
internal sealed class DtlsConversation : IDisposable
{
    private readonly PriorityQueue<(bool ToServer, byte[] Datagram), (long At, int Order)> _link = new();
    private readonly Random _random;
    private int _order;

    public DtlsConversation(int seed = 1, DtlsFingerprint? expectedOfClient = null)
    {
        _random = new(seed);
        Server = new(Identities.Server, DtlsRole.Server, expectedOfClient ?? Identities.Client.Fingerprint);
        Client = new(Identities.Client, DtlsRole.Client, Identities.Server.Fingerprint);
    }

    public DtlsAssociation Server { get; }

    public DtlsAssociation Client { get; }

    public MonotonicTime Now { get; private set; }

    public double Loss { get; init; }

    public double Reordering { get; init; }

    public TimeSpan OneWay { get; init; } = TimeSpan.FromMilliseconds(20);

    public List<PacketFault> Faults { get; } = [];

    public List<(bool ToServer, byte[] Datagram)> Sent { get; } = [];

    /// <summary>Gets or sets what decides the loss of a datagram by hand: direction and how many were sent before.</summary>
    public Func<bool, byte[], bool>? Lose { get; set; }

    /// <summary>Gets or sets what stands in for a datagram on its way.</summary>
    public Func<bool, byte[], IEnumerable<byte[]>>? Replace { get; set; }

    public DtlsConversation Start()
    {
        Client.Start(Now);
        Collect();
        return this;
    }

    public DtlsConversation RunFor(TimeSpan duration) => RunUntil(() => false, Now + duration);

    public DtlsConversation RunUntilConnected() =>
        RunUntil(
            () => Server.State == DtlsState.Connected && Client.State == DtlsState.Connected,
            Now + TimeSpan.FromSeconds(11)
        );

    /// <summary>Puts on the link what both ends have to send.</summary>
    public void Collect()
    {
        Collect(Client, toServer: true);
        Collect(Server, toServer: false);
    }

    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }

    private DtlsConversation RunUntil(Func<bool> done, MonotonicTime end)
    {
        while (!done())
        {
            var arrival = _link.TryPeek(out _, out var next) ? new MonotonicTime(next.At) : MonotonicTime.Never;
            var timeout = Deadline.Soonest(Server.NextTimeout, Client.NextTimeout).At;
            var soonest = MonotonicTime.Soonest(arrival, timeout);
            if (soonest > end)
            {
                Now = end;
                break;
            }

            Now = soonest;
            if (arrival <= timeout)
            {
                var (toServer, datagram) = _link.Dequeue();
                Faults.Add((toServer ? Server : Client).HandleDatagram(datagram, Now));
            }
            else
            {
                Server.Advance(Now);
                Client.Advance(Now);
            }

            Collect();
        }

        return this;
    }

    private void Collect(DtlsAssociation from, bool toServer)
    {
        Span<byte> datagram = stackalloc byte[DtlsOptions.Default.Mtu];
        while (from.TryTakeDatagram(datagram, out var length))
        {
            var taken = datagram[..length].ToArray();
            Sent.Add((toServer, taken));
            foreach (var each in Replace?.Invoke(toServer, taken) ?? [taken])
            {
                if (_random.NextDouble() >= Loss && Lose?.Invoke(toServer, each) != true)
                {
                    var late = _random.NextDouble() < Reordering ? OneWay * 3 : TimeSpan.Zero;
                    _link.Enqueue((toServer, each), ((Now + OneWay + late).Microseconds, _order++));
                }
            }
        }
    }
}
