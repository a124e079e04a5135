using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Media.Tests.Relays;

/// <summary>A meeting with a relay and its receiving end.</summary>
internal sealed class RelayScene : IDisposable
{
    public const string Relay = "rly_1";
    public static readonly TransportAddress There = TransportAddress.FromIPv4(0xC633_6401, 41_000); // 198.51.100.1
    public static readonly TransportAddress Nowhere = TransportAddress.FromIPv4(0xC633_6402, 41_000);

    public RelayScene(int seed = 1, bool watches = true, int shards = 1)
    {
        Meeting = new VirtualMeeting(seed, shards: shards);
        Watcher = Meeting.Watch(new RelayReceiverParameters(Relay, Keys(1)), There);
        Watcher.IsAlive = watches;
    }

    public VirtualMeeting Meeting { get; }

    public RelayWatcher Watcher { get; }

    public static RelayKeys Keys(byte first)
    {
        var (sender, receiver) = (new byte[RelayKeys.Length], new byte[RelayKeys.Length]);
        sender.AsSpan().Fill(first);
        receiver.AsSpan().Fill((byte)(first + 100));
        return RelayKeys.TryParse(Convert.ToBase64String(sender), Convert.ToBase64String(receiver), out var keys)
            ? keys
            : throw new InvalidOperationException("These are keys.");
    }

    public static RelayParameters Parameters(string id = Relay) =>
        new(id, Keys(1), [Nowhere, There], RelayFilter.All, Notice: null, Paused: false);

    public EngineRefusal Open(RelayParameters? parameters = null) =>
        Meeting.Order((engine, now) => engine.OpenRelay(Meeting.Parameters, parameters ?? Parameters(), now));

    public EngineRefusal Pause(bool paused, string id = Relay) =>
        Meeting.Order(
            (engine, now) => engine.UpdateRelay(VirtualMeeting.Room, Meeting.Parameters.Epoch, id, paused, now)
        );

    public EngineRefusal Close(string id = Relay) =>
        Meeting.Order((engine, now) => engine.CloseRelay(VirtualMeeting.Room, Meeting.Parameters.Epoch, id, now));

    public void Run(double seconds) => Meeting.Run(TimeSpan.FromSeconds(seconds));

    public void Dispose() => Meeting.Dispose();
}
