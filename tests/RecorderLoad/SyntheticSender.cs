using System.Net;
using System.Net.Sockets;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.RecorderLoad;

/// <summary>One room's relay with its tracks, on a socket of its own.</summary>
internal sealed class SyntheticSender : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly SyntheticRelay _relay;
    private readonly List<SyntheticTrack> _tracks = [];
    private readonly byte[] _buffer = new byte[2048];
    private readonly SocketAddress _destination;

    public SyntheticSender(
        RelayKeys keys,
        uint ssrc,
        RelayAddress address,
        int tracks,
        IReadOnlyList<ReadOnlyMemory<byte>> content,
        MonotonicTime now,
        DateTimeOffset wall
    )
    {
        var endPoint = new IPEndPoint(IPAddress.Parse(address.Address), address.UdpPort);
        _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        _socket.SendBufferSize = 1 << 20;
        _destination = endPoint.Serialize();
        _relay = new(keys, ssrc, TransportAddress.From(endPoint));
        _relay.Tell(new RelayHello(wall, RelayHello.CurrentVersion, "room", 1, null, Paused: false), now);
        _relay.Tell(new RelayParticipantJoined(wall, "part_1", "load", null), now);
        for (var number = 0; number < tracks; number++)
        {
            var track = new SyntheticTrack($"trk_{number}", (ssrc * 100) + ((uint)number * 2), content, now);
            _tracks.Add(track);
            _relay.Tell(new RelayTrackAdded(wall, track.Description), now);
        }
    }

    /// <summary>Gets how many media packets were sent.</summary>
    public long Packets { get; private set; }

    public void Turn(MonotonicTime now, NtpTime wall)
    {
        while (_socket.Available > 0)
        {
            var length = _socket.Receive(_buffer);
            _relay.HandleDatagram(_buffer.AsSpan(0, length), now);
        }

        if (_relay is { IsAnswered: true, HasEnded: false })
        {
            foreach (var track in _tracks)
            {
                Packets += track.SendUntil(_relay, now, wall);
            }
        }

        if (now >= _relay.NextTimeout)
        {
            _relay.Advance(now);
        }

        while (_relay.TryTakeTransmit(out var transmit))
        {
            for (var rest = transmit.Data; rest.Length > 0; )
            {
                var length = Math.Min(transmit.SegmentSize, rest.Length);
                _ = _socket.SendTo(rest[..length], SocketFlags.None, _destination);
                rest = rest[length..];
            }
        }
    }

    public void Dispose()
    {
        _relay.Dispose();
        _socket.Dispose();
    }
}
