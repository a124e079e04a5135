namespace EventMeet.Media.Sctp;

/// <summary>How many bytes may be in flight (RFC 9260 section 7.2): slow start, avoidance, fast recovery.</summary>
internal sealed class CongestionWindow(int chunkSize)
{
    // RFC 6928: ten packets; RFC 9260 says 4380 bytes. See README.md.
    private const int InitialPackets = 10;

    // RFC 3465 section 2.3: a delayed acknowledgement of two packets counts for two.
    private const int SlowStartPackets = 2;

    private const int Largest = 4 * 1024 * 1024; // bytes

    private int _partialBytesAcknowledged;
    private Tsn _recoveryEnd;

    /// <summary>Gets the window: cwnd.</summary>
    public int Size { get; private set; } = InitialPackets * chunkSize;

    /// <summary>Gets the size at which slow start ends: ssthresh.</summary>
    public int SlowStartThreshold { get; private set; } = Largest;

    /// <summary>Gets a value indicating whether a loss is being repaired (RFC 9260 section 7.2.4).</summary>
    public bool IsRecovering { get; private set; }

    /// <summary>The cumulative acknowledgement moved on.</summary>
    /// <param name="cumulative">To where.</param>
    /// <param name="bytes">Newly acknowledged, by gap blocks too.</param>
    /// <param name="wasFull">Did the window hold the sender back?</param>
    public void HandleAcknowledged(Tsn cumulative, int bytes, bool wasFull)
    {
        if (IsRecovering)
        {
            IsRecovering = cumulative < _recoveryEnd;
            return;
        }

        if (Size <= SlowStartThreshold)
        {
            Grow(wasFull ? Math.Min(bytes, SlowStartPackets * chunkSize) : 0);
            return;
        }

        _partialBytesAcknowledged += bytes;
        if (_partialBytesAcknowledged < Size)
        {
            return;
        }

        _partialBytesAcknowledged = wasFull ? _partialBytesAcknowledged - Size : Size;
        Grow(wasFull ? chunkSize : 0);
    }

    /// <summary>A chunk is reported missing for the third time; true when this begins a recovery.</summary>
    /// <param name="newest">The last TSN sent; its acknowledgement ends the recovery.</param>
    public bool HandleLoss(Tsn newest)
    {
        if (IsRecovering)
        {
            return false;
        }

        IsRecovering = true;
        _recoveryEnd = newest;
        SlowStartThreshold = Math.Max(Size / 2, 4 * chunkSize);
        Size = SlowStartThreshold;
        _partialBytesAcknowledged = 0;
        return true;
    }

    /// <summary>T3-rtx has expired: one packet at a time (RFC 9260 section 7.2.3).</summary>
    public void HandleTimeout()
    {
        SlowStartThreshold = Math.Max(Size / 2, 4 * chunkSize);
        Size = chunkSize;
        _partialBytesAcknowledged = 0;
        IsRecovering = false;
    }

    /// <summary>Nothing was sent for so many retransmission timeouts: what the path bears is forgotten by halves.</summary>
    public void HandleIdle(int timeouts)
    {
        var initial = InitialPackets * chunkSize;
        for (; timeouts > 0 && Size > initial; timeouts--)
        {
            Size = Math.Max(Size / 2, initial);
        }
    }

    private void Grow(int bytes) => Size = Math.Min(Size + bytes, Largest);
}
