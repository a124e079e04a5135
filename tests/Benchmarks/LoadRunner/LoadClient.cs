using System.Buffers.Binary;
using EventMeet.Media.Dtls;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Testing.Peers;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>One session of the runner: connects, publishes, receives, and reports back as a browser does.</summary>
internal sealed class LoadClient : IDisposable
{
    // Taken at once, so that others get their turn.
    private const int MaxTrains = 4;

    private readonly LoadTotals _totals;
    private readonly Impairment _impairment;
    private readonly ClientSocket _socket;
    private readonly ClientTransport _transport;
    private readonly ClientReports _reports;
    private readonly byte[] _buffer = new byte[2048];
    private readonly int _sampleEvery;
    private ushort _nextTransportSequence;
    private int _sinceSample;

    public LoadClient(
        VirtualSession session,
        DtlsIdentity identity,
        ClientSocket socket,
        LoadOptions options,
        LoadTotals totals,
        Impairment impairment,
        int number,
        MonotonicTime now
    )
    {
        (_totals, _impairment, _socket, PostedAt) = (totals, impairment, socket, now);
        _sampleEvery = options.SampleEvery;
        _transport = new ClientTransport(session, identity, options.DataChannel, now);
        foreach (var media in session.Media)
        {
            if (media.Track is not null)
            {
                Published.Add(new PublishedStream(media, options, (number * 10) + Published.Count));
            }

            if (media.SlotSsrc != 0)
            {
                Received.Add(new ReceivedStream(media));
            }
        }

        _reports = new ClientReports(this);
    }

    public List<PublishedStream> Published { get; } = [];

    public List<ReceivedStream> Received { get; } = [];

    public MonotonicTime PostedAt { get; }

    /// <summary>Gets when transport and channel came up; never before.</summary>
    public MonotonicTime ConnectedAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets a value indicating whether it sends nothing until it is told to <see cref="Publish"/>.</summary>
    public bool IsIdle { get; init; }

    public bool HasFailed => _transport.HasFailed;

    public string Profile => _transport.Profile.ToString();

    public int Descriptor => _socket.Descriptor;

    /// <summary>Sends the first check.</summary>
    public void Start(MonotonicTime now) => Drain(now);

    /// <summary>Begins to send what was offered.</summary>
    public void Publish(MonotonicTime now) => Published.ForEach(stream => stream.Start(now));

    /// <summary>Takes what has arrived; at most so much that others get their turn.</summary>
    /// <returns>False when something may be left.</returns>
    public bool Receive(MonotonicClock clock)
    {
        for (var trains = 0; trains < MaxTrains; trains++)
        {
            if (!_socket.TryReceive(out var train, out var segmentSize, out var age))
            {
                return true;
            }

            var now = clock.Now;
            var arrivedAt = now - age;
            _totals.ReceiveCalls++;
            while (!train.IsEmpty)
            {
                var datagram = train[..Math.Min(segmentSize, train.Length)];
                train = train[datagram.Length..];
                if (_impairment.Loses())
                {
                    _totals.Dropped++;
                }
                else if (_impairment.Delays)
                {
                    _impairment.Hold(this, datagram, isOutgoing: false, arrivedAt);
                }
                else
                {
                    HandleDatagram(datagram, arrivedAt, now);
                }
            }
        }

        return false;
    }

    /// <summary>Takes one datagram.</summary>
    /// <param name="datagram">May be changed in place.</param>
    /// <param name="arrivedAt">When it arrived, however late it is read; media and reports count from here.</param>
    /// <param name="now">The time, for what has timers.</param>
    public void HandleDatagram(Span<byte> datagram, MonotonicTime arrivedAt, MonotonicTime now)
    {
        switch (DatagramClassifier.Classify(datagram))
        {
            case DatagramKind.Rtp:
                HandleRtp(datagram, arrivedAt);
                return;
            case DatagramKind.Rtcp
                when _transport.Receiver?.UnprotectRtcp(datagram, out var length) is PacketFault.None:
                _reports.Handle(datagram[..length], arrivedAt);
                return;
            case DatagramKind.Stun:
                _transport.HandleStun(datagram, now);
                break;
            case DatagramKind.Dtls:
                _transport.HandleDtls(datagram, now);
                break;
            default:
                return;
        }

        if (ConnectedAt == MonotonicTime.Never && _transport.IsConnected && _transport.IsOpen)
        {
            ConnectedAt = now;
            if (!IsIdle)
            {
                Publish(now);
            }
        }

        Drain(now);
    }

    public void Advance(MonotonicTime now)
    {
        if (now >= _transport.NextTimeout)
        {
            _transport.Advance(now);
            Drain(now);
        }

        if (_transport.IsConnected)
        {
            _reports.Advance(now);
        }
    }

    /// <summary>Sends one packet of a stream.</summary>
    public void Send(
        OutgoingStream stream,
        uint timestamp,
        bool marker,
        byte? level,
        ReadOnlySpan<byte> payload,
        MonotonicTime now
    )
    {
        _totals.Published++;
        Seal(stream.Write(_buffer, timestamp, marker, level, payload, now));
    }

    /// <summary>Sends a packet again that the server misses.</summary>
    public void SendAgain(OutgoingStream stream, SequenceNumber missing)
    {
        if (stream.WriteAgain(_buffer, missing) is { } packet)
        {
            Seal(packet);
        }
    }

    /// <summary>Encrypts and sends a compound packet.</summary>
    /// <param name="compound">With room behind it.</param>
    /// <param name="length">Of the compound; nothing is sent when it is 0.</param>
    public void SendRtcp(Span<byte> compound, int length)
    {
        if (length > 0 && _transport.Sender is { } sender)
        {
            _totals.Feedback++;
            Send(compound[..sender.ProtectRtcp(compound, length)]);
        }
    }

    public void SendNow(ReadOnlySpan<byte> datagram) => _socket.Send(datagram);

    public void Dispose() => _transport.Dispose();

    private void HandleRtp(Span<byte> datagram, MonotonicTime arrivedAt)
    {
        if (RtpHeader.TryParse(datagram, out var header) is not PacketFault.None)
        {
            return;
        }

        var ssrc = header.Ssrc;
        foreach (var stream in Received)
        {
            if (stream.Media.SlotSsrc == ssrc)
            {
                _reports.NoteArrival(header, stream.Extensions, arrivedAt);
                stream.Handle(header, datagram.Length, arrivedAt);
                Sample(stream, datagram, header, arrivedAt);
                return;
            }

            if (stream.Media.SlotRtxSsrc == ssrc)
            {
                _reports.NoteArrival(header, stream.Extensions, arrivedAt);
                HandleRetransmission(stream, datagram, header, arrivedAt);
                return;
            }
        }

        _totals.Unknown++;
    }

    // Decrypting every packet would cost the runner as much as the server; one in a few tells as much.
    private void Sample(ReceivedStream stream, Span<byte> datagram, in RtpHeader header, MonotonicTime arrivedAt)
    {
        if (++_sinceSample < _sampleEvery)
        {
            return;
        }

        _sinceSample = 0;
        if (_transport.Receiver is not { } receiver)
        {
            // The server's last handshake datagram was lost: it sends already, and is not understood yet.
            return;
        }

        if (receiver.UnprotectRtp(datagram, header.HeaderLength, out var length, out _) is not PacketFault.None)
        {
            _totals.Undecryptable++;
        }
        else if (stream.TryReadStamp(datagram[..length], header, out var sentAt))
        {
            _totals.Delays.Add((arrivedAt - sentAt).Ticks / TimeSpan.TicksPerMicrosecond);
        }
    }

    private void HandleRetransmission(
        ReceivedStream stream,
        Span<byte> datagram,
        in RtpHeader header,
        MonotonicTime arrivedAt
    )
    {
        if (_transport.Receiver?.UnprotectRtp(datagram, header.HeaderLength, out var length, out _) is PacketFault.None)
        {
            stream.HandleRetransmission(datagram[..length], datagram.Length, arrivedAt);
        }
    }

    private void Seal(in PlainPacket packet)
    {
        if (_transport.Sender is not { } sender)
        {
            return;
        }

        if (packet.TransportSequenceAt > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(packet.TransportSequenceAt), _nextTransportSequence++);
        }

        var length = sender.ProtectRtp(_buffer, packet.HeaderLength, packet.PayloadLength, [], packet.Index);
        Send(_buffer.AsSpan(0, length));
    }

    private void Send(ReadOnlySpan<byte> datagram)
    {
        if (_impairment.Loses())
        {
            return;
        }

        if (_impairment.Delays)
        {
            _impairment.Hold(this, datagram, isOutgoing: true, _totals.Now);
        }
        else
        {
            _socket.Send(datagram);
        }
    }

    private void Drain(MonotonicTime now)
    {
        Span<byte> datagram = stackalloc byte[DtlsAssociation.MaxDatagramLength];
        while (_transport.TryTakeDatagram(datagram, now, out var length))
        {
            Send(datagram[..length]);
        }
    }
}
