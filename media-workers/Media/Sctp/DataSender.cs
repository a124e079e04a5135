using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>
/// The sending half of an association: fragments messages, keeps what is unacknowledged, repairs losses (RFC 9260 sections
/// 6.1, 6.3, 6.9, 7.2) and gives up what is no longer worth it (RFC 3758).
/// </summary>
internal sealed partial class DataSender
{
    /// <summary>RFC 9260 section 6.1 D limits bursts to 4 packets; ten go with the initial window (see README.md).</summary>
    private const int MaxBurst = 10;

    /// <summary>A message is cut early, to use what a packet has left, only when that is worth a chunk header.</summary>
    private const int SmallestFragment = 256; // bytes

    private const int MaxSkippedStreams = 64;

    private readonly SctpOptions _options;
    private readonly SctpCounters _counters;
    private readonly OutstandingChunks _outstanding = new();
    private readonly RetransmissionTimeout _timeout;
    private readonly int _largestFragment;
    private CongestionWindow _congestion;
    private Tsn _nextTsn;
    private Tsn _acknowledged;
    private Tsn _abandonedUpTo; // Advanced.Peer.Ack.Point of RFC 3758
    private bool _partialReliability;
    private long _peerWindow;
    private int _inFlight; // bytes
    private int _lost; // chunks
    private int _gapAcknowledged; // chunks
    private int _burstLimit; // bytes in flight
    private int _errors; // timeouts in a row
    private bool _ignoreWindowOnce;
    private bool _isProbing; // T3-rtx has expired, and nothing was sent since
    private bool _forwardTsnDue;
    private Tsn _timedTsn;
    private bool _isTiming;
    private MonotonicTime _timedSince;
    private MonotonicTime _forwardTsnSentAt;
    private MonotonicTime _lastSentAt;

    /// <summary>Initializes a new instance of the <see cref="DataSender"/> class.</summary>
    public DataSender(SctpOptions options, SctpCounters counters)
    {
        _options = options;
        _counters = counters;
        _timeout = new(options);
        _largestFragment = (options.Mtu - SctpPacket.HeaderLength - DataChunk.HeaderLength) & ~3;
        _congestion = new(_largestFragment);
        Queue = new(options);
    }

    /// <summary>Gets what waits for its first transmission.</summary>
    public OutboundQueue Queue { get; }

    /// <summary>Gets when T3-rtx expires (RFC 9260 section 6.3).</summary>
    public MonotonicTime RetransmitAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets a value indicating whether the peer has stopped acknowledging.</summary>
    public bool IsExhausted => _errors > _options.MaxRetransmissions;

    /// <summary>Gets a value indicating whether nothing waits and nothing is unacknowledged.</summary>
    public bool IsEmpty => Queue.IsEmpty && _outstanding.Count == 0;

    /// <summary>Gets the last TSN acknowledged without a gap.</summary>
    public Tsn Acknowledged => _acknowledged;

    /// <summary>Gets the last TSN given to a chunk.</summary>
    public Tsn LastAssigned => _nextTsn.Previous;

    /// <summary>Gets the current retransmission timeout, which other timers of the association use too.</summary>
    public RetransmissionTimeout Timeout => _timeout;

    /// <summary>Gets the bytes in flight, for tests and telemetry.</summary>
    public int InFlight => _inFlight;

    /// <summary>Gets the congestion window, for tests and telemetry.</summary>
    public CongestionWindow Congestion => _congestion;

    /// <summary>Begins an association. What waits keeps waiting; what was in flight before is forgotten.</summary>
    public void Start(Tsn initialTsn, uint peerWindow, PeerCapabilities capabilities)
    {
        ForgetOutstanding();
        _nextTsn = initialTsn;
        _acknowledged = initialTsn.Previous;
        _abandonedUpTo = _acknowledged;
        _peerWindow = peerWindow;
        _partialReliability = (capabilities & PeerCapabilities.PartialReliability) != PeerCapabilities.None;
        _congestion = new(_largestFragment);
        _burstLimit = MaxBurst * _largestFragment;
        _errors = 0;
        _lastSentAt = MonotonicTime.Never;
    }

    /// <summary>Ends an association: lets go of everything.</summary>
    public void Stop()
    {
        ForgetOutstanding();
        Queue.Clear();
    }

    /// <summary>An input of any kind came: a new burst may leave.</summary>
    public void BeginBurst() => _burstLimit = _inFlight + (MaxBurst * _largestFragment);

    /// <summary>T3-rtx may have expired (RFC 9260 section 6.3.3).</summary>
    public void Advance(MonotonicTime now)
    {
        if (RetransmitAt > now)
        {
            return;
        }

        RetransmitAt = MonotonicTime.Never;
        _errors++;
        _timeout.BackOff();
        _congestion.HandleTimeout();
        _isTiming = false;
        for (var index = 0; index < _outstanding.Count; index++)
        {
            ref var chunk = ref _outstanding[index];
            chunk.Misses = 0;
            chunk.FastRetransmitted = false;
            if (chunk.State == ChunkState.InFlight)
            {
                MarkLost(index, now);
            }
        }

        _ignoreWindowOnce = true;
        _isProbing = true;
        AdvanceAbandoned();
        _forwardTsnDue = _abandonedUpTo > _acknowledged;
    }

    private void ForgetOutstanding()
    {
        if (Queue.Begun is { } begun)
        {
            Queue.AbandonBegun(_nextTsn);
            Queue.Release(begun);
        }

        while (_outstanding.Count > 0)
        {
            Queue.Release(_outstanding[0].Message);
            _outstanding.RemoveFirst();
        }

        _inFlight = 0;
        _lost = 0;
        _gapAcknowledged = 0;
        _isTiming = false;
        _forwardTsnDue = false;
        _ignoreWindowOnce = false;
        _isProbing = false;
        RetransmitAt = MonotonicTime.Never;
    }

    /// <summary>A chunk in flight is taken for lost: it is sent again, or its message given up.</summary>
    private void MarkLost(int index, MonotonicTime now)
    {
        ref var chunk = ref _outstanding[index];
        _inFlight -= chunk.Length;
        chunk.State = ChunkState.Lost;
        _lost++;
        var message = chunk.Message;
        if (_partialReliability && IsWorthless(message, chunk.Transmissions, now))
        {
            Abandon(message);
        }
    }

    private static bool IsWorthless(OutboundMessage message, int transmissions, MonotonicTime now) =>
        message.Expires <= now || (message.Header.MaxRetransmits is { } limit && transmissions > limit);

    /// <summary>Gives up every fragment of a message, also those that have no TSN yet (RFC 3758 section 3.5 A3).</summary>
    private void Abandon(OutboundMessage message)
    {
        message.IsAbandoned = true;
        _counters.MessagesAbandoned++;
        if (ReferenceEquals(message, Queue.Begun))
        {
            // The peer may have all fragments so far. An end that it never gets keeps it from taking the next message
            // for the continuation of this one.
            Queue.AbandonBegun(_nextTsn);
            _outstanding.Add(new() { Message = message, Flags = FlagsOf(message, 1, message.Length) });
            _nextTsn = _nextTsn.Next;
        }

        for (var index = 0; index < _outstanding.Count; index++)
        {
            ref var chunk = ref _outstanding[index];
            if (ReferenceEquals(chunk.Message, message))
            {
                Forget(ref chunk);
                chunk.State = ChunkState.Abandoned;
            }
        }

        Queue.Release(message);
    }

    /// <summary>Takes a chunk out of the sums of its state.</summary>
    private void Forget(ref OutstandingChunk chunk)
    {
        switch (chunk.State)
        {
            case ChunkState.InFlight:
                _inFlight -= chunk.Length;
                break;
            case ChunkState.Lost:
                _lost--;
                break;
            case ChunkState.Acknowledged:
                _gapAcknowledged--;
                break;
            case ChunkState.Abandoned:
            default:
                break;
        }
    }

    /// <summary>RFC 3758 section 3.5 C2.</summary>
    private void AdvanceAbandoned()
    {
        if (_abandonedUpTo < _acknowledged)
        {
            _abandonedUpTo = _acknowledged;
        }

        for (var index = _abandonedUpTo.DistanceFrom(_acknowledged); index < _outstanding.Count; index++)
        {
            if (_outstanding[index].State != ChunkState.Abandoned)
            {
                return;
            }

            _abandonedUpTo = _abandonedUpTo.Next;
            _forwardTsnDue = true;
        }
    }

    private static byte FlagsOf(OutboundMessage message, int offset, int end)
    {
        var flags = message.Header.Unordered ? DataChunk.UnorderedFlag : 0;
        flags |= offset == 0 ? DataChunk.BeginFlag : 0;
        flags |= end == message.Length ? DataChunk.EndFlag : 0;
        return (byte)flags;
    }
}
