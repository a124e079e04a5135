using System.Diagnostics;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>
/// One SCTP association over one DTLS association (RFC 9260, RFC 8261), as client, server or both at once. After each call
/// that takes something in, take events until there are none, then packets until there are none.
/// </summary>
internal sealed partial class SctpAssociation
{
    private readonly SctpOptions _options;
    private readonly Queue<SctpEvent> _events = new();
    private readonly ReplyQueue _replies = new();
    private readonly DataSender _sender;
    private readonly DataReceiver _receiver;
    private readonly StreamResets _resets;
    private PeerCapabilities _peerCapabilities;
    private uint _localTag;
    private uint _peerTag;
    private bool _cookieAckDue;

    /// <summary>Initializes a new instance of the <see cref="SctpAssociation"/> class, which answers an INIT from now on.</summary>
    /// <param name="options">Limits and times; may be shared.</param>
    public SctpAssociation(SctpOptions options)
    {
        options.Validate();
        _options = options;
        _sender = new(options, Counters);
        _receiver = new(options, Counters, _events);
        _resets = new(options, _sender, _receiver, _events);
    }

    /// <summary>Gets where the association is in its life.</summary>
    public SctpState State { get; private set; }

    /// <summary>Gets what is counted.</summary>
    public SctpCounters Counters { get; } = new();

    /// <summary>Gets how many streams the peer lets us send on; 65535 before it has said so.</summary>
    public ushort OutboundStreams { get; private set; } = ushort.MaxValue;

    /// <summary>Gets a value indicating whether the peer can reset streams (RFC 6525).</summary>
    public bool PeerCanReset => (_peerCapabilities & PeerCapabilities.StreamReset) != PeerCapabilities.None;

    /// <summary>Gets when to call <see cref="Advance"/>, and then <see cref="TryTakePacket"/>.</summary>
    public Deadline NextTimeout
    {
        get
        {
            var at = MonotonicTime.Soonest(_handshakeAt, _sender.RetransmitAt);
            at = MonotonicTime.Soonest(at, MonotonicTime.Soonest(_receiver.AcknowledgeAt, _resets.RetryAt));
            return at == MonotonicTime.Never ? Deadline.None : new(at, WakeReason.Sctp);
        }
    }

    /// <summary>Gets the sending half, for tests and telemetry.</summary>
    internal DataSender Sender => _sender;

    private bool IsSynchronized => State >= SctpState.Established;

    /// <summary>Takes in a packet that DTLS has decrypted.</summary>
    /// <returns>The first thing that was wrong; what came before it in the packet counts.</returns>
    public PacketFault HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        Counters.PacketsReceived++;
        _sender.BeginBurst();
        var fault = SctpPacket.TryParse(packet, out var view);
        fault = fault != PacketFault.None ? fault : CheckHeader(view);
        fault = fault != PacketFault.None ? fault : HandleChunks(view, now);
        _receiver.HandleEndOfPacket(now);
        _resets.HandleProgress();
        HandleDrained(now);
        return fault;
    }

    /// <summary>Time has passed.</summary>
    public void Advance(MonotonicTime now)
    {
        _sender.BeginBurst();
        _receiver.Advance(now);
        _sender.Advance(now);
        _resets.Advance(now);
        if (_sender.IsExhausted || _resets.IsExhausted)
        {
            AbortWith(ErrorCause.ProtocolViolation, SctpCloseReason.TooManyRetransmissions);
        }

        AdvanceHandshake(now);
        HandleDrained(now);
    }

    /// <summary>Takes the next packet to hand to DTLS.</summary>
    /// <param name="destination">At least <see cref="SctpOptions.Mtu"/> bytes.</param>
    /// <param name="now">Now.</param>
    /// <param name="length">How long the packet is.</param>
    /// <returns>False when nothing is to be sent now.</returns>
    public bool TryTakePacket(Span<byte> destination, MonotonicTime now, out int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, _options.Mtu, nameof(destination));
        if (_replies.TryTake(destination, out length))
        {
            Counters.PacketsSent++;
            return true;
        }

        var writer = new PacketWriter(
            destination[.._options.Mtu],
            _options,
            State == SctpState.CookieWait ? 0 : _peerTag
        );
        if (IsSynchronized)
        {
            WriteSynchronized(ref writer, now);
        }
        else
        {
            WriteHandshake(ref writer);
        }

        if (writer.IsEmpty)
        {
            return false;
        }

        // RFC 9653 section 5.2: INIT and COOKIE ECHO always carry a checksum.
        length = writer.Finish(!IsSynchronized || !MayOmitChecksum);
        Counters.PacketsSent++;
        return true;
    }

    /// <summary>Hands over a message, before or after the association is established. Its bytes are copied.</summary>
    /// <param name="header">How to carry it.</param>
    /// <param name="payload">Not empty (RFC 8831 section 6.6 has a stand-in for empty messages).</param>
    /// <param name="now">Now.</param>
    /// <param name="mustFit">False for the few bytes of DCEP, which a full buffer does not keep out.</param>
    public SendResult Send(
        in SctpMessageHeader header,
        ReadOnlySpan<byte> payload,
        MonotonicTime now,
        bool mustFit = true
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(payload.Length, nameof(payload));
        return TakesMessagesOn(header.StreamId)
            ? _sender.Queue.Enqueue(header, payload, now, mustFit)
            : SendResult.Closed;
    }

    /// <summary>Hands over a message that others send, too. Its bytes are not copied.</summary>
    /// <param name="header">How to carry it.</param>
    /// <param name="payload">Not empty; nobody may change it any more.</param>
    /// <param name="now">Now.</param>
    public SendResult SendShared(in SctpMessageHeader header, byte[] payload, MonotonicTime now)
    {
        ArgumentOutOfRangeException.ThrowIfZero(payload.Length, nameof(payload));
        return TakesMessagesOn(header.StreamId) ? _sender.Queue.EnqueueShared(header, payload, now) : SendResult.Closed;
    }

    /// <summary>How many bytes of a stream wait for their first transmission.</summary>
    public int BufferedAmount(ushort streamId) => _sender.Queue.BufferedBytes(streamId);

    /// <summary>Sets a stream's share against other streams.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="weight">1 and up; RFC 8831 section 6.4 uses 128 to 1024.</param>
    public void SetWeight(ushort streamId, int weight)
    {
        if (_sender.Queue.StreamOf(streamId) is { } stream)
        {
            stream.Weight = Math.Max(1, weight);
        }
    }

    /// <summary>Ends a stream that we send on, after what was sent on it is acknowledged (RFC 6525).</summary>
    public void ResetStream(ushort streamId) => _resets.Want(streamId);

    /// <summary>Takes the next event.</summary>
    public bool TryTakeEvent(out SctpEvent taken)
    {
        if (!_events.TryDequeue(out taken))
        {
            return false;
        }

        if (_events.Count == 0 && _events.Capacity > 64)
        {
            _events.TrimExcess(0); // an idle association stays small
        }

        return true;
    }

    /// <summary>Gives a message back: its buffer is used again and the window opens.</summary>
    public void Return(in SctpEvent message)
    {
        Debug.Assert(message.Kind == SctpEventKind.Message, "Only messages have a buffer.");
        System.Buffers.ArrayPool<byte>.Shared.Return(message.Buffer!);
        _receiver.Release(message.Length);
    }

    private bool TakesMessagesOn(ushort streamId) =>
        !_isEnded && State <= SctpState.Established && streamId < OutboundStreams;

    private bool MayOmitChecksum =>
        _options.ZeroChecksum && (_peerCapabilities & PeerCapabilities.ZeroChecksum) != PeerCapabilities.None;

    private PacketFault CheckHeader(in SctpPacket packet)
    {
        if (packet.SourcePort != _options.RemotePort || packet.DestinationPort != _options.LocalPort)
        {
            return PacketFault.SctpMalformed;
        }

        // We have offered to take packets without a checksum: DTLS has vouched for every byte (RFC 9653 section 5.3).
        var isOmitted = packet.Checksum == 0 && _options.ZeroChecksum;
        return isOmitted || packet.Checksum == SctpChecksum.Compute(packet.Bytes)
            ? PacketFault.None
            : PacketFault.SctpWrongChecksum;
    }

    private void WriteSynchronized(ref PacketWriter writer, MonotonicTime now)
    {
        if (_cookieAckDue)
        {
            _ = writer.Add(ChunkType.CookieAck, 0, 0);
            _cookieAckDue = false;
        }

        WriteShutdown(ref writer, now);
        _receiver.WriteSack(ref writer, leavesAnyway: !writer.IsEmpty);
        _resets.Write(ref writer, now);
        if (State is SctpState.Established or SctpState.ShutdownPending or SctpState.ShutdownReceived)
        {
            _sender.Write(ref writer, now);
        }
    }
}
