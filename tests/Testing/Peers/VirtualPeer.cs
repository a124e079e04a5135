using System.Buffers.Binary;
using EventMeet.Media.Dtls;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;
using EventMeet.Testing.Content;

namespace EventMeet.Testing.Peers;

/// <summary>
/// A whole synthetic participant without input or output: connects, sends signed pictures and sounds, looks at what it
/// receives, and speaks the in-call channel. After every input take all datagrams.
/// </summary>
internal sealed class VirtualPeer : IDisposable
{
    private readonly VirtualTransport _transport;
    private readonly VirtualReports _reports;
    private readonly byte[] _buffer = new byte[2048];
    private ushort _nextTransportSequence;

    /// <summary>Makes a participant, which checks its way to the server at once.</summary>
    /// <param name="options">Who it is and what it does.</param>
    /// <param name="session">What was agreed on.</param>
    /// <param name="identity">Its certificate.</param>
    /// <param name="now">The time.</param>
    public VirtualPeer(VirtualPeerOptions options, VirtualSession session, DtlsIdentity identity, MonotonicTime now)
    {
        (Options, Session, StartedAt) = (options, session, now);
        _transport = new VirtualTransport(session, identity, now);
        InCall = new InCallClient(_transport.Channels);
        _reports = new VirtualReports(this, _transport);
        Take(session.Media);
        _transport.Drain(now);
    }

    public VirtualPeerOptions Options { get; }

    public VirtualSession Session { get; private set; }

    public InCallClient InCall { get; }

    public List<VirtualTrack> Tracks { get; } = [];

    public List<IncomingSlot> Slots { get; } = [];

    /// <summary>Gets when it was made.</summary>
    public MonotonicTime StartedAt { get; }

    /// <summary>Gets when the transport came up; never before.</summary>
    public MonotonicTime ConnectedAt { get; private set; } = MonotonicTime.Never;

    public bool IsConnected => _transport.IsConnected;

    /// <summary>Gets a value indicating whether the server has said goodbye.</summary>
    public bool IsClosed => _transport.IsClosed;

    public bool HasFailed => _transport.HasFailed;

    public long PacketsRefused => _transport.PacketsRefused;

    public long PacketsRepeated => _transport.PacketsRepeated;

    /// <summary>Gets how many packets the server's transport-wide feedback says it has received.</summary>
    public long PacketsAcknowledged => _reports.PacketsAcknowledged;

    /// <summary>Gets when the packet that feedback named last arrived, on the other end's clock.</summary>
    public MonotonicTime LastAcknowledgedArrival => _reports.LastAcknowledgedArrival;

    public VirtualTransport Transport => _transport;

    /// <summary>Gets everything that was wrong with what was received.</summary>
    public IEnumerable<string> Complaints =>
        Slots
            .SelectMany(slot => slot.Viewer.Complaints.Select(text => $"{Options.Number}/{slot.Media.Mid}: {text}"))
            .Concat(InCall.Complaints.Select(text => $"{Options.Number}: {text}"));

    public MonotonicTime NextTimeout
    {
        get
        {
            var soonest = MonotonicTime.Soonest(_transport.NextTimeout, _reports.NextTimeout);
            foreach (var track in Tracks)
            {
                soonest = MonotonicTime.Soonest(soonest, track.NextTimeout);
            }

            foreach (var slot in Slots)
            {
                soonest = MonotonicTime.Soonest(soonest, slot.NextTimeout);
            }

            return soonest;
        }
    }

    public VirtualTrack TrackOf(string mid) =>
        Tracks.Find(track => string.Equals(track.Media.Mid, mid, StringComparison.Ordinal))
        ?? throw new ArgumentException("No such track.", nameof(mid));

    public IncomingSlot SlotOf(string mid) =>
        Slots.Find(slot => string.Equals(slot.Media.Mid, mid, StringComparison.Ordinal))
        ?? throw new ArgumentException("No such slot.", nameof(mid));

    /// <summary>Who has been seen (video) or heard (audio) on any slot.</summary>
    public IEnumerable<int> Met(MediaKind kind) =>
        Slots.Where(slot => slot.Media.Kind == kind).SelectMany(slot => slot.Viewer.Sights.Keys).Distinct().Order();

    /// <summary>Takes a datagram.</summary>
    /// <param name="datagram">Decrypted in place.</param>
    /// <param name="remote">Where from.</param>
    /// <param name="now">The time.</param>
    public void HandleDatagram(Span<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        switch (DatagramClassifier.Classify(datagram))
        {
            case DatagramKind.Stun:
                _transport.HandleStun(datagram, remote, now);
                break;
            case DatagramKind.Dtls:
                HandleDtls(datagram, now);
                break;
            case DatagramKind.Rtcp:
                if (_transport.TryUnprotectRtcp(datagram, out var compoundLength))
                {
                    _reports.Handle(datagram[..compoundLength], now);
                }

                break;
            case DatagramKind.Rtp:
                HandleRtp(datagram, now);
                break;
            default:
                break;
        }

        _transport.Drain(now);
    }

    public void Advance(MonotonicTime now)
    {
        _transport.Advance(now);
        InCall.TakeEvents(now);
        foreach (var track in Tracks)
        {
            track.Advance(
                now,
                (stream, timestamp, marker, level, payload) => Send(stream, timestamp, marker, level, payload, now)
            );
        }

        foreach (var slot in Slots)
        {
            slot.Advance(now);
        }

        if (IsConnected)
        {
            _reports.Advance(now);
        }

        _transport.Drain(now);
    }

    public bool TryTakeDatagram(out byte[] datagram) => _transport.TryTakeDatagram(out datagram);

    /// <summary>Sends a packet again that the server misses.</summary>
    public void SendAgain(OutgoingStream stream, SequenceNumber missing)
    {
        if (stream.WriteAgain(_buffer, missing) is { } packet)
        {
            Seal(packet);
        }
    }

    /// <summary>Takes the next answer: m-lines that are new begin, those that are gone end, ICE may start anew.</summary>
    public void Update(VirtualSession session, MonotonicTime now)
    {
        if (session.Local.Ufrag != Session.Local.Ufrag)
        {
            _transport.Ice.Restart(session.Local, session.Remote, now);
        }

        Session = session;
        _ = Tracks.RemoveAll(track => !session.Media.Any(media => IsSame(media, track.Media)));
        _ = Slots.RemoveAll(slot => !session.Media.Any(media => media.SlotSsrc == slot.Media.SlotSsrc));
        Take(session.Media);
        if (IsConnected)
        {
            Tracks.Where(track => track.FramesSent == 0).ToList().ForEach(track => track.Start(now));
        }

        _transport.Drain(now);
    }

    /// <summary>Says a message on the in-call channel.</summary>
    public void Say(string json, MonotonicTime now)
    {
        InCall.Say(json, now);
        _transport.Drain(now);
    }

    /// <summary>Leaves as a browser does whose page is closed.</summary>
    public void Leave(MonotonicTime now)
    {
        Tracks.ForEach(track => track.Stop());
        _transport.Close(now);
    }

    public void Dispose() => _transport.Dispose();

    private static bool IsSame(VirtualMedia media, VirtualMedia other) =>
        media.Mid == other.Mid && media.Track is not null && media.Encodings.SequenceEqual(other.Encodings);

    private void Take(IReadOnlyList<VirtualMedia> media)
    {
        var chance = new Random((Options.Seed * 1000) + Options.Number);
        for (var position = 0; position < media.Count; position++)
        {
            var each = media[position];
            if (each.Track is not null && !Tracks.Exists(track => track.Media.Mid == each.Mid))
            {
                Tracks.Add(
                    new VirtualTrack(Options.Number, (byte)position, each, Options.FramesPerSecond, chance)
                    {
                        KeyFrameInterval = Options.KeyFrameInterval,
                        Film = each.Kind is MediaKind.Video ? Options.Film : null,
                    }
                );
            }

            if (each.SlotSsrc != 0 && !Slots.Exists(slot => slot.Media.SlotSsrc == each.SlotSsrc))
            {
                Slots.Add(new IncomingSlot(each, Options.FramesPerSecond));
            }
        }
    }

    private void HandleDtls(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (_transport.HandleDtls(datagram, now))
        {
            ConnectedAt = now;
            InCall.Open(now);
            if (Options.SendsAtOnce)
            {
                Tracks.ForEach(track => track.Start(now));
            }
        }

        InCall.TakeEvents(now);
    }

    private void HandleRtp(Span<byte> datagram, MonotonicTime now)
    {
        if (
            RtpHeader.TryParse(datagram, out var header) is not PacketFault.None
            || !_transport.TryUnprotectRtp(datagram, header.HeaderLength, out var length, out var index)
        )
        {
            return;
        }

        _reports.NoteArrival(header, now);
        var ssrc = header.Ssrc;
        var slot = Slots.Find(each => each.Media.SlotSsrc == ssrc || each.Media.SlotRtxSsrc == ssrc);
        slot?.Handle(datagram[..length], header, index, now);
    }

    private void Send(
        OutgoingStream stream,
        uint timestamp,
        bool marker,
        byte? level,
        byte[] payload,
        MonotonicTime now
    )
    {
        if (IsConnected)
        {
            Seal(stream.Write(_buffer, timestamp, marker, level, payload, now));
        }
    }

    private void Seal(in PlainPacket packet)
    {
        if (packet.TransportSequenceAt > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(packet.TransportSequenceAt), _nextTransportSequence++);
        }

        _transport.SendRtp(_buffer, packet);
    }
}

/// <summary>Who a synthetic participant is and how it behaves.</summary>
internal sealed record VirtualPeerOptions
{
    /// <summary>Gets the number that its content carries; unique in the room.</summary>
    public required ushort Number { get; init; }

    /// <summary>Gets what chance starts from.</summary>
    public int Seed { get; init; } = 1;

    public int FramesPerSecond { get; init; } = 15;

    /// <summary>Gets how often a key frame is sent unasked; zero for never.</summary>
    public TimeSpan KeyFrameInterval { get; init; }

    /// <summary>Gets the pictures that the cameras show, again and again; null for signed ones, which no decoder takes.</summary>
    public EncodedFilm? Film { get; init; }

    /// <summary>Gets a value indicating whether it sends as soon as it is connected.</summary>
    public bool SendsAtOnce { get; init; } = true;
}
