using System.Buffers.Binary;
using EventMeet.Media;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Network;

/// <summary>
/// A relay's sending end without an engine and a room behind it: says and sends what a test wants. It repeats nothing, so
/// the path must lose nothing. After every call take all transmits.
/// </summary>
internal sealed class SyntheticRelay : IDisposable
{
    private static readonly TimeSpan CallSpacing = TimeSpan.FromMilliseconds(200);

    private readonly Outlet _outlet = new();
    private readonly TrainYard _yard = new(new PacketFaultCounters());
    private readonly RelayControl _control = new(isSender: true);
    private readonly Media.Srtp.SrtpReceiver _receiver;
    private readonly uint _ssrc;
    private readonly Dictionary<uint, PacketIndex> _newest = [];
    private readonly Queue<RelayMessage> _toTell = new();
    private MonotonicTime _nextCall;

    /// <summary>Begins to call.</summary>
    /// <param name="keys">Of the relay.</param>
    /// <param name="ssrc">This end's own.</param>
    /// <param name="destination">The receiving end.</param>
    public SyntheticRelay(RelayKeys keys, uint ssrc, TransportAddress destination)
    {
        _ssrc = ssrc;
        _outlet.Sender = RelayProtocol.MakeSender(keys.Sender);
        _outlet.Train.Destination = destination;
        _receiver = RelayProtocol.MakeReceiver(keys.Receiver);
    }

    /// <summary>Gets a value indicating whether the receiving end has answered.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Gets a value indicating whether the receiving end has gone.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Gets the SSRCs of which a key frame was asked for since the last look.</summary>
    public HashSet<uint> KeyFrameRequests { get; } = [];

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout => MonotonicTime.Soonest(_nextCall, _control.NextTimeout);

    /// <summary>Says something; kept until the receiving end has answered.</summary>
    public void Tell(RelayMessage message, MonotonicTime now)
    {
        _toTell.Enqueue(message);
        Settle(now);
    }

    /// <summary>Sends an RTP packet.</summary>
    public void Send(ReadOnlySpan<byte> packet)
    {
        var number = new SequenceNumber(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        var index = _newest.TryGetValue(ssrc, out var newest) ? newest.Unwrap(number) : new PacketIndex(number.Value);
        _newest[ssrc] = index;
        if (_yard.TryReserve(_outlet.Train, out var datagram))
        {
            packet[..12].CopyTo(datagram);
            TrainYard.Commit(_outlet.Train, _outlet.Sender!.ProtectRtp(datagram, 12, 0, packet[12..], index));
        }
    }

    /// <summary>Sends a sender report.</summary>
    public void Report(uint ssrc, in SenderInfo report)
    {
        var compound = new CompoundPacket(_outlet, _yard);
        _ = compound.Writer.TryWriteReceiverReport(_ssrc, []);
        _ = compound.Writer.TryWriteSenderReport(ssrc, report, []);
        compound.Send();
    }

    /// <summary>Takes a datagram of the receiving end.</summary>
    public void HandleDatagram(Span<byte> datagram, MonotonicTime now)
    {
        if (
            _receiver.UnprotectRtcp(datagram, out var length) is not PacketFault.None
            || RtcpReader.TryOpen(datagram[..length], out var reader) is not PacketFault.None
        )
        {
            return;
        }

        if (!IsAnswered)
        {
            IsAnswered = true;
            _control.Connect(now);
        }

        while (reader.MoveNext())
        {
            Handle(reader.Current, now);
        }

        Settle(now);
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        if (now >= _nextCall)
        {
            _nextCall = now + (IsAnswered ? RelayProtocol.KeepAliveInterval : CallSpacing);
            var compound = new CompoundPacket(_outlet, _yard);
            _ = compound.Writer.TryWriteReceiverReport(_ssrc, []);
            compound.Send();
        }

        _control.Advance(now);
        Settle(now);
    }

    /// <summary>Takes the next train.</summary>
    public bool TryTakeTransmit(out Transmit transmit) => _yard.TryTake(out transmit);

    public void Dispose()
    {
        _outlet.Dispose();
        _receiver.Dispose();
    }

    private void Handle(in RtcpPacket packet, MonotonicTime now)
    {
        switch (packet.Type)
        {
            case RtcpPacketType.Application
                when ApplicationPacket.TryParse(packet, out var application) is PacketFault.None:
                _ = _control.HandlePacket(application.Data, now);
                break;
            case RtcpPacketType.PayloadFeedback:
                _ = KeyFrameRequests.Add(BinaryPrimitives.ReadUInt32BigEndian(packet.Body[4..]));
                break;
            case RtcpPacketType.Goodbye:
                HasEnded = true;
                break;
            default:
                break;
        }
    }

    private void Settle(MonotonicTime now)
    {
        while (IsAnswered && _toTell.TryDequeue(out var message))
        {
            _ = _control.Send(message, now);
        }

        while (_control.TryTakeMessage(out _, out _))
        {
            // The receiving end says nothing.
        }

        _control.Drain(_outlet, _ssrc, _yard, now);
    }
}
