using EventMeet.Media.Dtls;
using EventMeet.Media.Links;
using EventMeet.Media.Packets;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Peers;

/// <summary>What everything inside one engine shares.</summary>
/// <param name="identity">The certificate that every peer is shown.</param>
/// <param name="origin">The time of day at <see cref="MonotonicTime.Zero"/>.</param>
/// <param name="options">How packets become trains.</param>
/// <param name="shard">The engine's shard.</param>
internal sealed class EngineContext(
    DtlsIdentity identity,
    DateTimeOffset origin,
    ForwardingOptions options,
    int shard = 0
)
{
    private const int MaxFacts = 100_000;

    private int _layerTags;

    public DtlsIdentity Identity { get; } = identity;

    public ForwardingOptions Options { get; } = options;

    /// <summary>Gets the engine's shard on its worker, from 0.</summary>
    public int Shard { get; } = shard;

    /// <summary>Gets the time of day as sender reports say it.</summary>
    public NtpClock Ntp { get; } = new(NtpTime.FromUnixMicroseconds(origin.ToUnixTimeMilliseconds() * 1000));

    /// <summary>Gets why datagrams were refused, and how often.</summary>
    public PacketFaultCounters Faults { get; } = new();

    /// <summary>Gets where outgoing datagrams wait for the end of the turn; made with <see cref="Faults"/>.</summary>
    public TrainYard Yard => field ??= new TrainYard(Faults);

    /// <summary>Gets the facts that nobody has taken yet.</summary>
    public Queue<RoomFact> Facts { get; } = new();

    /// <summary>Gets the ends of relays that nobody has taken yet.</summary>
    public Queue<RelayReport> RelayReports { get; } = new();

    /// <summary>Gets the peers that have something to send over DTLS or to settle before the turn ends.</summary>
    public Queue<Peer> Unsettled { get; } = new();

    /// <summary>Gets the relays that have something to say before the turn ends.</summary>
    public Queue<Relay> UnsettledRelays { get; } = new();

    /// <summary>Gets the links that have something to say, or are lost, before the turn ends.</summary>
    public Queue<Link> UnsettledLinks { get; } = new();

    /// <summary>Gets the rooms whose slots have to be decided anew before the turn ends.</summary>
    public Queue<Room> UnsettledRooms { get; } = new();

    /// <summary>Gets what decides which tracks slots carry.</summary>
    public SlotAssignment SlotAssignment { get; } = new();

    /// <summary>Gets what divides a narrow path over a subscriber's slots.</summary>
    public LayerAllocator LayerAllocator { get; } = new();

    /// <summary>Gets or sets the time of the input that is being handled.</summary>
    public MonotonicTime Now { get; set; }

    /// <summary>Gets or sets when the datagram that is being handled came to the machine: at <see cref="Now"/> or shortly before.</summary>
    public MonotonicTime ArrivedAt { get; set; }

    /// <summary>Gets or sets when the engine must look at its peers again.</summary>
    public MonotonicTime WakeTime { get; set; } = MonotonicTime.Never;

    /// <summary>The time of day, as the engine's clock has it.</summary>
    public DateTimeOffset WallClock(MonotonicTime now) => origin + (now - MonotonicTime.Zero);

    /// <summary>Makes a tag for a layer, by which a slot's history knows it again.</summary>
    public int NextLayerTag() => ++_layerTags;

    /// <summary>Asks to be woken at a time, or earlier.</summary>
    public void WakeAt(MonotonicTime time) => WakeTime = MonotonicTime.Soonest(WakeTime, time);

    /// <summary>Reports that a relay is over.</summary>
    public void Report(Relay relay)
    {
        if (RelayReports.Count < MaxFacts)
        {
            RelayReports.Enqueue(
                new(relay.Room.Parameters.Id, relay.Id, relay.End ?? RelayEnd.Closed, relay.IsAnswered)
            );
        }
    }

    /// <summary>Reports a fact.</summary>
    public void Report(RoomFact fact)
    {
        // The worker takes facts every turn; only one that has stopped doing so gets here.
        if (Facts.Count >= MaxFacts)
        {
            _ = Faults.Count(PacketFault.QueueFull);
            return;
        }

        Facts.Enqueue(fact);
    }
}
