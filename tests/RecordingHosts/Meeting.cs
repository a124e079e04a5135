using System.Collections.Concurrent;
using System.Net;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Dtls;
using EventMeet.Media.Values;
using EventMeet.Testing.Content;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;

namespace EventMeet.RecordingHosts;

/// <summary>Synthetic participants in one room, on a thread of their own. They show films that a decoder takes.</summary>
internal sealed class Meeting : IDisposable
{
    private const int FramesPerSecond = 15;
    private static readonly Lazy<EncodedFilm> Film = new(() => EncodedFilm.Encode(seconds: 120, FramesPerSecond));

    private readonly DtlsIdentity _identity = DtlsIdentity.Create(
        TimeProvider.System.GetUtcNow().AddDays(-1),
        TimeProvider.System.GetUtcNow().AddDays(1)
    );
    private readonly SocketPump _pump = new(TimeProvider.System);
    private readonly DateTimeOffset _wallOrigin;
    private readonly MonotonicTime _origin;
    private readonly List<VirtualPeer> _peers = [];
    private readonly Thread _thread;
    private volatile bool _stops;

    /// <summary>Lets guests connect; the SFU need not know them yet.</summary>
    /// <param name="guests">Who.</param>
    /// <param name="address">The shard's address.</param>
    /// <param name="fingerprint">Its certificate's.</param>
    public Meeting(IReadOnlyList<Guest> guests, MediaAddress address, DtlsFingerprint fingerprint)
    {
        (_origin, _wallOrigin) = (_pump.Now, TimeProvider.System.GetUtcNow());
        var server = TransportAddress.From(new IPEndPoint(IPAddress.Parse(address.Address), address.UdpPort));
        foreach (var guest in guests)
        {
            var options = new VirtualPeerOptions
            {
                Number = guest.Number,
                FramesPerSecond = FramesPerSecond,
                Film = Film.Value,
            };
            var peer = new VirtualPeer(options, guest.ToSession(server, fingerprint), _identity, _pump.Now);
            foreach (var track in peer.Tracks)
            {
                var log = new ConcurrentQueue<SentFrame>();
                Sent[track.Media.Track!] = log;
                track.Log = (at, content) => log.Enqueue(new(WallOf(at), content));
            }

            _peers.Add(peer);
            _pump.Add(peer);
        }

        _thread = new(() => _pump.RunUntil(() => _stops, TimeSpan.FromHours(1))) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Encodes the film, which takes a while the first time.</summary>
    public static void Prepare() => _ = Film.Value;

    /// <summary>Gets what they present to the SFU.</summary>
    public DtlsFingerprint Fingerprint => _identity.Fingerprint;

    /// <summary>Gets every frame that was sent, by track.</summary>
    public Dictionary<string, ConcurrentQueue<SentFrame>> Sent { get; } = [];

    public bool IsConnected => _peers.TrueForAll(peer => peer.IsConnected);

    public void Dispose()
    {
        _stops = true;
        _thread.Join();
        _peers.ForEach(peer => peer.Dispose());
        _pump.Dispose();
        _identity.Dispose();
    }

    private DateTimeOffset WallOf(MonotonicTime at) => _wallOrigin + (at - _origin);
}

/// <summary>A frame that was sent.</summary>
/// <param name="At">When it was due.</param>
/// <param name="Content">A picture or a packet of sound.</param>
internal readonly record struct SentFrame(DateTimeOffset At, ReadOnlyMemory<byte> Content);
