using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>
/// The receiving end of a relay, without any input or output of its own. It waits for the sending end to call, answers to
/// wherever authentic packets come from, has lost packets sent again, and hands on what arrives. After every input take
/// all transmits. Not thread-safe.
/// </summary>
public sealed class RelayReceiver : IDisposable
{
    // Whoever goes on sending after the end missed the goodbye; it is said again, but not to every packet.
    private static readonly TimeSpan GoodbyeSpacing = TimeSpan.FromMilliseconds(100);

    private readonly SrtpReceiver _srtp;
    private readonly Outlet _outlet;
    private readonly TrainYard _yard;
    private readonly PacketFaultCounters _faults = new();
    private readonly RelayReception _reception = new();
    private readonly RelayControl _control = new(isSender: false);
    private readonly RelayReceiverReports _reports;
    private readonly MonotonicTime _answerDeadline;
    private bool _isGreeted;
    private uint _ssrc;
    private MonotonicTime _lastHeard;
    private MonotonicTime _nextGoodbye;

    /// <summary>Begins to wait for the sending end.</summary>
    /// <param name="parameters">The relay.</param>
    /// <param name="now">The time.</param>
    public RelayReceiver(RelayReceiverParameters parameters, MonotonicTime now)
    {
        Id = parameters.Id;
        _srtp = RelayProtocol.MakeReceiver(parameters.Keys.Sender);
        _outlet = new Outlet { Sender = RelayProtocol.MakeSender(parameters.Keys.Receiver) };
        _yard = new TrainYard(_faults);
        _reports = new RelayReceiverReports(_reception, _outlet, _yard);
        _lastHeard = now;
        _answerDeadline = now + RelayProtocol.AnswerTimeout;
    }

    /// <summary>Gets the relay's id.</summary>
    public string Id { get; }

    /// <summary>Gets a value indicating whether the sending end has shown itself.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Gets a value indicating whether nothing more comes: see <see cref="End"/>.</summary>
    public bool HasEnded => End is not null;

    /// <summary>Gets a value indicating whether the sending end has been silent for 5 s, or has not called within 30 s.</summary>
    public bool IsCutOff => End is RelayEnd.CutOff;

    /// <summary>Gets why nothing more comes; null while more may come.</summary>
    public RelayEnd? End { get; private set; }

    /// <summary>Gets the tracks that are there.</summary>
    public IReadOnlyCollection<RelayTrack> Tracks => _reception.Tracks;

    /// <summary>Gets when to call <see cref="Advance"/>; never when there is nothing to wait for.</summary>
    public MonotonicTime NextTimeout =>
        HasEnded ? MonotonicTime.Never
        : IsConnected
            ? MonotonicTime.Soonest(
                MonotonicTime.Soonest(_lastHeard + RelayProtocol.LongestSilence, _control.NextTimeout),
                _reports.NextTimeout
            )
        : _answerDeadline;

    /// <summary>Lists why datagrams were refused, and how often; may be called from any thread.</summary>
    public IEnumerable<KeyValuePair<string, long>> DescribeFaults() => _faults.Describe();

    /// <summary>Takes a datagram.</summary>
    /// <param name="datagram">What came; it is decrypted in place.</param>
    /// <param name="remote">Where from.</param>
    /// <param name="now">The time.</param>
    /// <param name="consumer">Who gets what is in it; called before this returns.</param>
    /// <returns>What was wrong with it; counted already.</returns>
    public PacketFault HandleDatagram(
        Span<byte> datagram,
        TransportAddress remote,
        MonotonicTime now,
        IRelayConsumer consumer
    )
    {
        var fault = DatagramClassifier.Classify(datagram) switch
        {
            DatagramKind.Rtp => HandleRtp(datagram, remote, now, consumer),
            DatagramKind.Rtcp => HandleRtcp(datagram, remote, now, consumer),
            _ => PacketFault.UnknownProtocol,
        };
        return _faults.Count(fault);
    }

    /// <summary>Lets time pass: everything that is due is done.</summary>
    /// <param name="now">The time.</param>
    /// <param name="consumer">Who gets what comes of it.</param>
    public void Advance(MonotonicTime now, IRelayConsumer consumer)
    {
        if (HasEnded)
        {
            return;
        }

        if (now >= (IsConnected ? _lastHeard + RelayProtocol.LongestSilence : _answerDeadline))
        {
            End = RelayEnd.CutOff;
            return;
        }

        if (IsConnected)
        {
            _control.Advance(now);
            _reports.Advance(_ssrc, now);
            Settle(now, consumer);
        }
    }

    /// <summary>Takes the next train. Call until false after every input.</summary>
    /// <param name="transmit">Valid until the next input.</param>
    public bool TryTakeTransmit(out Transmit transmit) => _yard.TryTake(out transmit);

    /// <summary>Asks for a key frame of a track, repeatedly until it comes or ten seconds have passed.</summary>
    /// <param name="track">The track's id; one that is not there is no error.</param>
    public void RequestKeyFrame(string track)
    {
        if (_reception.Find(track) is { Description.Kind: MediaKind.Video } found)
        {
            found.KeyFrames.HandleRequest();
        }
    }

    /// <summary>Says goodbye: the sending end ends too. Datagrams that come later are answered with the same.</summary>
    public void Close(MonotonicTime now)
    {
        if (HasEnded)
        {
            return;
        }

        End = RelayEnd.Closed;
        SendGoodbye(now);
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _srtp.Dispose();
        _outlet.Dispose();
    }

    private PacketFault HandleRtp(
        Span<byte> datagram,
        TransportAddress remote,
        MonotonicTime now,
        IRelayConsumer consumer
    )
    {
        var fault = RtpHeader.TryParse(datagram, out var header);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        fault = _srtp.UnprotectRtp(datagram, header.HeaderLength, out var length, out var index);
        if (fault is not PacketFault.None || !IsConnected)
        {
            return fault;
        }

        NoteHeard(remote, now);
        if (HasEnded)
        {
            SendGoodbye(now);
            return PacketFault.None;
        }

        return _reception.Handle(datagram[..length], header, index, now, consumer);
    }

    private PacketFault HandleRtcp(
        Span<byte> datagram,
        TransportAddress remote,
        MonotonicTime now,
        IRelayConsumer consumer
    )
    {
        // A sending end that has begun anew under the same keys has forgotten everything: it is another one.
        if (IsConnected && !IsOfSender(datagram))
        {
            return PacketFault.UnknownPeer;
        }

        var fault = _srtp.UnprotectRtcp(datagram, out var length);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        fault = RtcpReader.TryOpen(datagram[..length], out var reader);
        if (fault is not PacketFault.None)
        {
            return fault;
        }

        if (!IsConnected)
        {
            // Every compound packet of the sending end begins with its own SSRC.
            _ssrc = RelayProtocol.ReceiverSsrc(SrtpTransform.RtcpSsrc(datagram));
            IsConnected = true;
        }

        var isElsewhere = NoteHeard(remote, now);
        if (HasEnded)
        {
            SendGoodbye(now);
            return PacketFault.None;
        }

        // Until it is plain that the sending end has heard an answer it gets one to every packet; also where it is new.
        if (!_isGreeted || isElsewhere)
        {
            _reports.SendReports(_ssrc, now);
        }

        while (reader.MoveNext())
        {
            var second = Handle(reader.Current, now, consumer);
            fault = fault is PacketFault.None ? second : fault;
        }

        if (!HasEnded)
        {
            Settle(now, consumer);
        }

        return fault;
    }

    private bool IsOfSender(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= SrtpTransform.RtcpHeaderLength
        && RelayProtocol.ReceiverSsrc(SrtpTransform.RtcpSsrc(datagram)) == _ssrc;

    // Only what is authentic and new gets here: a NAT that gives the sending end another port is followed.
    private bool NoteHeard(TransportAddress remote, MonotonicTime now)
    {
        _lastHeard = now;
        var isElsewhere = _outlet.Train.Destination != remote;
        _outlet.Train.Destination = remote;
        return isElsewhere;
    }

    private PacketFault Handle(in RtcpPacket packet, MonotonicTime now, IRelayConsumer consumer)
    {
        switch (packet.Type)
        {
            case RtcpPacketType.SenderReport:
                return HandleSenderReport(packet, now, consumer);
            case RtcpPacketType.Application:
                return HandleApplication(packet, now);
            case RtcpPacketType.Goodbye:
                return HandleGoodbye(packet, now, consumer);
            default:
                return PacketFault.None;
        }
    }

    private PacketFault HandleSenderReport(in RtcpPacket packet, MonotonicTime now, IRelayConsumer consumer)
    {
        var fault = SenderReport.TryParse(packet, out var report);
        if (fault is PacketFault.None && _reception.Find(report.Ssrc) is { } track)
        {
            track.Statistics.HandleSenderReport(report.Sender, now);
            consumer.HandleSenderReport(track, report.Sender, now);
        }

        return fault;
    }

    private PacketFault HandleGoodbye(in RtcpPacket packet, MonotonicTime now, IRelayConsumer consumer)
    {
        var fault = Goodbye.TryParse(packet, out var goodbye);
        if (fault is PacketFault.None)
        {
            // What was said before it and has not come will not be said again.
            TakeMessages(now, consumer);
            End ??= RelayEnds.FromName(goodbye.Reason);
            SendGoodbye(now);
        }

        return fault;
    }

    private PacketFault HandleApplication(in RtcpPacket packet, MonotonicTime now)
    {
        var fault = ApplicationPacket.TryParse(packet, out var application);
        if (fault is not PacketFault.None || application.Name != RelayProtocol.SctpName)
        {
            return fault;
        }

        _isGreeted = true;
        return _control.HandlePacket(application.Data, now);
    }

    private void Settle(MonotonicTime now, IRelayConsumer consumer)
    {
        TakeMessages(now, consumer);
        _control.Drain(_outlet, _ssrc, _yard, now);
        if (_control.IsLost)
        {
            End ??= RelayEnd.CutOff;
        }

        if (HasEnded)
        {
            SendGoodbye(now);
        }
    }

    private void TakeMessages(MonotonicTime now, IRelayConsumer consumer)
    {
        while (_control.TryTakeMessage(out var message, out var fault))
        {
            _ = _faults.Count(fault);
            if (message is not null)
            {
                _ = _faults.Count(Handle(message, now, consumer));
            }
        }
    }

    private PacketFault Handle(RelayMessage message, MonotonicTime now, IRelayConsumer consumer)
    {
        switch (message)
        {
            case RelayTrackAdded { Track: var track }:
                var fault = _reception.Add(track, now);
                if (fault is PacketFault.None)
                {
                    consumer.HandleControl(message);
                    _reception.HandleEarly(track, now, consumer);
                }

                return fault;
            case RelayTrackRemoved { Track: var track }:
                _reception.Remove(track);
                break;
            case RelayEnded { Reason: var reason }:
                End ??= reason;
                break;
            default:
                break;
        }

        consumer.HandleControl(message);
        return PacketFault.None;
    }

    private void SendGoodbye(MonotonicTime now)
    {
        if (!IsConnected || now < _nextGoodbye)
        {
            return;
        }

        _nextGoodbye = now + GoodbyeSpacing;
        var compound = new CompoundPacket(_outlet, _yard);
        _ = compound.Writer.TryWriteReceiverReport(_ssrc, []);
        _ = compound.Writer.TryWriteGoodbye([_ssrc]);
        compound.Send();
    }
}
