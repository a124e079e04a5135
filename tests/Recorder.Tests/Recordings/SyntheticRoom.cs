using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Codecs;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Recorder.Tests.Fixtures;
using EventMeet.Testing.Network;
using MediaKind = EventMeet.Media.Values.MediaKind;
using TrackSource = EventMeet.Media.Values.TrackSource;

namespace EventMeet.Recorder.Tests.Recordings;

/// <summary>
/// A room with two people in it, of whom one sends sound and pictures without end; and the functions, as far as they answer
/// recorders. Over real sockets and in real time.
/// </summary>
internal sealed class SyntheticRoom : IAsyncDisposable
{
    private readonly WorkBus _bus;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _ending = new();
    private readonly List<(EncodedTrack Content, CodecKind Codec, uint Ssrc)> _tracks;
    private readonly long _origin = TimeProvider.System.GetTimestamp();
    private readonly DateTimeOffset _wallOrigin = TimeProvider.System.GetUtcNow();
    private readonly Task _running;
    private SyntheticRelay? _relay;
    private uint _relays;
    private int _seen;

    private SyntheticRoom(WorkBus bus, List<(EncodedTrack, CodecKind, uint)> tracks)
    {
        (_bus, _tracks) = (bus, tracks);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Blocking = false;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Gets or sets a value indicating whether the shard is there: when not, neither media nor goodbyes come.</summary>
    public bool IsAlive { get; set; } = true;

    /// <summary>Gets how many relays were opened.</summary>
    public int Relays => (int)_relays;

    public static async Task<SyntheticRoom> OpenAsync(WorkBus bus, params CodecKind[] codecs)
    {
        var tracks = new List<(EncodedTrack, CodecKind, uint)>();
        foreach (var codec in codecs)
        {
            tracks.Add((await EncodedTrack.OfAsync(codec), codec, 1000 + (uint)tracks.Count));
        }

        return new(bus, tracks);
    }

    /// <summary>Says something to the recorder over the relay.</summary>
    public RelayMessage? Say { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _relay?.Dispose();
        _socket.Dispose();
        _ending.Dispose();
    }

    private MonotonicTime Now => MonotonicTime.Zero + TimeProvider.System.GetElapsedTime(_origin);

    private async Task RunAsync()
    {
        var buffer = new byte[2048];
        var streams = new List<Stream>();
        while (!_ending.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, _ending.Token);
            TakeRequests(streams);
            if (!IsAlive || _relay is null)
            {
                continue;
            }

            while (_socket.Available > 0)
            {
                var length = _socket.Receive(buffer);
                _relay.HandleDatagram(buffer.AsSpan(0, length), Now);
            }

            if (_relay.IsAnswered && !_relay.HasEnded)
            {
                streams.ForEach(stream => stream.SendUntil(_relay, Now, WallClock));
                if (Say is { } message)
                {
                    Say = null;
                    _relay.Tell(message, Now);
                }
            }

            _relay.Advance(Now);
            Flush();
        }
    }

    private NtpTime WallClock(MonotonicTime at) =>
        NtpTime.FromUnixMicroseconds(
            ((_wallOrigin - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond) + at.Microseconds
        );

    private DateTimeOffset Wall => _wallOrigin + (Now - MonotonicTime.Zero);

    // What the functions do: the newest request gets a relay of its own.
    private void TakeRequests(List<Stream> streams)
    {
        var facts = _bus.Facts;
        var wanted = facts.Skip(_seen).OfType<RelayWanted>().LastOrDefault();
        _seen = facts.Count;
        if (wanted is null || !IsAlive)
        {
            return;
        }

        // A relay that may still be answered is not replaced.
        if (_relay is { HasEnded: false } && wanted.Lost is null && _lastWorker == wanted.Worker)
        {
            return;
        }

        _lastWorker = wanted.Worker;
        var (sender, receiver) = (RandomNumberGenerator.GetBytes(28), RandomNumberGenerator.GetBytes(28));
        var spec = new RelaySpec(
            new($"rly_{++_relays}"),
            Convert.ToBase64String(sender),
            Convert.ToBase64String(receiver)
        );
        _ = RelayKeys.TryParse(spec.SenderKey, spec.ReceiverKey, out var keys);
        var address = new IPEndPoint(IPAddress.Parse(wanted.Addresses[0].Address), wanted.Addresses[0].UdpPort);
        _relay?.Dispose();
        _relay = new(keys, 77_000 + _relays, TransportAddress.From(address));
        streams.Clear();
        _relay.Tell(new RelayHello(Wall, 1, "room_1", 1, null, Paused: false), Now);
        _relay.Tell(new RelayParticipantJoined(Wall, "part_1", "ada@example.org", "Ada"), Now);
        _relay.Tell(new RelayParticipantJoined(Wall, "part_2", "bob", "Bob"), Now);
        foreach (var (content, codec, ssrc) in _tracks)
        {
            var stream = new Stream(content, codec, ssrc + (100 * _relays), Now);
            streams.Add(stream);
            _relay.Tell(new RelayTrackAdded(Wall, stream.Describe()), Now);
        }

        _bus.Put(
            BusEntities.RecorderOrders,
            new FeedRecording(wanted.Recording, address.Port, spec),
            wanted.Worker.Value
        );
    }

    private WorkerId _lastWorker;

    private void Flush()
    {
        while (_relay!.TryTakeTransmit(out var transmit))
        {
            for (var rest = transmit.Data; rest.Length > 0; )
            {
                var length = Math.Min(transmit.SegmentSize, rest.Length);
                _ = _socket.SendTo(rest[..length], transmit.Destination.ToIPEndPoint());
                rest = rest[length..];
            }
        }
    }

    /// <summary>A track that plays its content again and again.</summary>
    private sealed class Stream(EncodedTrack content, CodecKind codec, uint ssrc, MonotonicTime start)
    {
        private static readonly TimeSpan Loop = TimeSpan.FromSeconds(2);

        private readonly Packetizer _packetizer = new(codec, firstSequenceNumber: 100, firstTimestamp: 5000);
        private MonotonicTime _nextReport;
        private int _sent;

        public RelayTrackDescription Describe() =>
            new(
                $"trk_{codec}",
                "part_1",
                codec == CodecKind.Opus ? MediaKind.Audio : MediaKind.Video,
                codec == CodecKind.Opus ? TrackSource.Microphone : TrackSource.Camera,
                Muted: false,
                ssrc,
                ssrc + 50,
                100,
                96,
                97,
                $"{codec}",
                _packetizer.ClockRate,
                codec == CodecKind.Opus ? 2 : 0,
                null
            );

        public void SendUntil(SyntheticRelay relay, MonotonicTime now, Func<MonotonicTime, NtpTime> wallClock)
        {
            while (true)
            {
                var (round, position) = Math.DivRem(_sent, content.Frames.Count);
                var frame = content.Frames[position];
                var at = frame.At + (Loop * round);
                if (start + at > now)
                {
                    break;
                }

                _sent++;
                foreach (var packet in _packetizer.Cut(frame with { At = at }))
                {
                    packet[8] = (byte)(ssrc >> 24);
                    packet[9] = (byte)(ssrc >> 16);
                    packet[10] = (byte)(ssrc >> 8);
                    packet[11] = (byte)ssrc;
                    relay.Send(packet);
                }
            }

            if (now >= _nextReport)
            {
                _nextReport = now + TimeSpan.FromSeconds(1);
                relay.Report(ssrc, new SenderInfo(wallClock(now), _packetizer.TimestampAt(now - start), 0, 0));
            }
        }
    }
}
