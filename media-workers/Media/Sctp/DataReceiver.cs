using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>The receiving half of an association: judges DATA, delivers it, acknowledges it (RFC 9260 section 6.2).</summary>
internal sealed class DataReceiver(SctpOptions options, SctpCounters counters, Queue<SctpEvent> events)
{
    /// <summary>RFC 9260 section 6.2: at least every second packet is acknowledged.</summary>
    private const int PacketsPerSack = 2;

    private readonly Reassembly _reassembly = new(options, counters, events);
    private readonly ReceivedTsns _received = new();
    private uint _announcedWindow;
    private int _unacknowledgedPackets;
    private bool _packetHasData;

    /// <summary>Gets when a delayed SACK leaves at the latest.</summary>
    public MonotonicTime AcknowledgeAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets the last TSN before the first gap.</summary>
    public Tsn Cumulative => _received.Cumulative;

    /// <summary>Gets a value indicating whether a SACK is to leave now.</summary>
    public bool IsSackDue { get; private set; }

    private uint Window => (uint)Math.Max(0, options.ReceiveWindow - _reassembly.HeldBytes);

    /// <summary>Begins an association.</summary>
    public void Start(Tsn initial)
    {
        _reassembly.ResetAll();
        _received.Start(initial);
        _announcedWindow = Window;
        _unacknowledgedPackets = 0;
        _packetHasData = false;
        IsSackDue = false;
        AcknowledgeAt = MonotonicTime.Never;
    }

    /// <summary>Ends an association. What was delivered can still be taken.</summary>
    public void Stop() => Start(_received.Cumulative.Next);

    /// <summary>Takes in a DATA chunk.</summary>
    public PacketFault HandleData(in DataChunk chunk)
    {
        _packetHasData = true;
        var tsn = chunk.Tsn;
        if (_received.Contains(tsn))
        {
            counters.Duplicates++;
            _received.AddDuplicate(tsn);
            IsSackDue = true;
            return PacketFault.None;
        }

        if (!HasRoomFor(chunk) || !_received.CanAdd(tsn))
        {
            counters.DataDropped++;
            IsSackDue = true;
            return PacketFault.SctpOverflow;
        }

        // What fills a gap ends the peer's repair: it is told at once, as of the gap itself (RFC 9260 section 6.7).
        IsSackDue |= chunk.IsImmediate || _received.HasGaps;
        _received.Add(tsn);
        return _reassembly.Handle(chunk);
    }

    /// <summary>Takes in a FORWARD TSN chunk.</summary>
    public void HandleForward(in ForwardTsnChunk forward)
    {
        IsSackDue = true;
        if (forward.NewCumulativeTsn > _received.Cumulative)
        {
            _received.AdvanceTo(forward.NewCumulativeTsn);
            _reassembly.HandleForward(forward);
        }
    }

    /// <summary>The peer begins a stream anew.</summary>
    public void ResetStream(ushort streamId) => _reassembly.ResetStream(streamId);

    /// <summary>The peer begins every stream anew.</summary>
    public void ResetAllStreams() => _reassembly.ResetAll();

    /// <summary>Every chunk of a packet was taken in: is it time to acknowledge?</summary>
    public void HandleEndOfPacket(MonotonicTime now)
    {
        if (!_packetHasData)
        {
            return;
        }

        _packetHasData = false;
        _unacknowledgedPackets++;
        if (_unacknowledgedPackets >= PacketsPerSack || _received.HasGaps)
        {
            IsSackDue = true;
        }
        else if (AcknowledgeAt == MonotonicTime.Never)
        {
            AcknowledgeAt = now + options.AcknowledgementDelay;
        }
    }

    /// <summary>A delayed SACK may be due.</summary>
    public void Advance(MonotonicTime now) => IsSackDue |= AcknowledgeAt <= now;

    /// <summary>Asks for a SACK, whatever has arrived.</summary>
    public void RequestSack() => IsSackDue = true;

    /// <summary>A delivered message was taken and is done with: the window opens.</summary>
    public void Release(int length)
    {
        _reassembly.Release(length);
        // Say so when it was shut for a whole packet and no longer is; the peer would find out only by probing.
        IsSackDue |= _announcedWindow < options.Mtu && Window >= 2 * options.Mtu;
    }

    /// <summary>Writes a SACK if one is due, or if there is something to acknowledge and DATA leaves anyway.</summary>
    public void WriteSack(ref PacketWriter writer, bool leavesAnyway)
    {
        var due = IsSackDue || (leavesAnyway && _unacknowledgedPackets > 0);
        if (!due || writer.Room < SackChunk.FixedLength)
        {
            return;
        }

        _announcedWindow = Window;
        SackChunk.Write(ref writer, _received.Cumulative, Window, _received.Ranges, _received.Duplicates);
        _received.ClearDuplicates();
        _unacknowledgedPackets = 0;
        IsSackDue = false;
        AcknowledgeAt = MonotonicTime.Never;
    }

    /// <summary>
    /// New data must fit the window. Data that fills a gap may exceed it once over: without it, what is held could never
    /// be delivered.
    /// </summary>
    private bool HasRoomFor(in DataChunk chunk)
    {
        var cost = chunk.Payload.Length + InboundMessage.Overhead;
        var fillsGap = chunk.Tsn < _received.Highest;
        var limit = fillsGap ? 2L * options.ReceiveWindow : options.ReceiveWindow;
        return _reassembly.HeldBytes + cost <= limit;
    }
}
