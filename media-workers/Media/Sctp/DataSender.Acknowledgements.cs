using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>What the peer says it has (RFC 9260 sections 6.2.1 and 7.2.4).</summary>
internal sealed partial class DataSender
{
    /// <summary>RFC 9260 section 7.2.4: this many reports make a chunk lost.</summary>
    private const int MissesUntilLost = 3;

    private bool IsFull => _inFlight + _largestFragment > _congestion.Size;

    /// <summary>Takes in a SACK.</summary>
    public PacketFault HandleSack(in SackChunk sack, MonotonicTime now)
    {
        var cumulative = sack.CumulativeTsn;
        if (cumulative < _acknowledged)
        {
            return PacketFault.None; // an older SACK, overtaken
        }

        if (cumulative > LastAssigned)
        {
            return PacketFault.SctpMalformed;
        }

        var before = _acknowledged;
        var wasFull = IsFull;
        var bytes = AcknowledgeUpTo(cumulative, now);
        bytes += HandleGapBlocks(sack, now, out var highestNew);
        var progress = _acknowledged != before;
        if (bytes > 0 || progress || _peerWindow < _largestFragment)
        {
            // A peer that answers a probe of its closed window is alive (RFC 9260 section 6.1 A).
            _errors = 0;
        }

        if (progress)
        {
            _congestion.HandleAcknowledged(cumulative, bytes, wasFull);
        }

        CountMisses(highestNew, progress, now);
        FinishAcknowledgement(progress, now);
        _peerWindow = sack.ReceiverWindow - (long)_inFlight;
        return PacketFault.None;
    }

    /// <summary>Takes in the cumulative acknowledgement of a SHUTDOWN (RFC 9260 section 9.2).</summary>
    public PacketFault HandleCumulative(Tsn cumulative, MonotonicTime now)
    {
        if (cumulative > LastAssigned)
        {
            return PacketFault.SctpMalformed;
        }

        if (cumulative > _acknowledged)
        {
            var wasFull = IsFull;
            var bytes = AcknowledgeUpTo(cumulative, now);
            _errors = 0;
            _congestion.HandleAcknowledged(cumulative, bytes, wasFull);
            FinishAcknowledgement(progress: true, now);
        }

        return PacketFault.None;
    }

    private void FinishAcknowledgement(bool progress, MonotonicTime now)
    {
        AdvanceAbandoned();
        // RFC 3758 section 3.5 F: again with each SACK that does not know yet, but not more often than one can arrive.
        _forwardTsnDue = _forwardTsnDue || now - _forwardTsnSentAt >= _timeout.Smoothed;
        _forwardTsnDue = _forwardTsnDue && _abandonedUpTo > _acknowledged;
        if (_outstanding.Count == 0)
        {
            RetransmitAt = MonotonicTime.Never;
        }
        else if (progress)
        {
            _timeout.HandleProgress(now);
            RetransmitAt = now + _timeout.Current;
        }
    }

    private int AcknowledgeUpTo(Tsn cumulative, MonotonicTime now)
    {
        var bytes = 0;
        while (_acknowledged < cumulative)
        {
            ref var chunk = ref _outstanding[0];
            bytes += chunk.State is ChunkState.InFlight or ChunkState.Lost ? chunk.Length : 0;
            Forget(ref chunk);
            _acknowledged = _acknowledged.Next;
            HandleRoundTrip(_acknowledged, now);
            var message = chunk.Message;
            var isLast = (chunk.Flags & DataChunk.EndFlag) != 0;
            _outstanding.RemoveFirst();
            if (isLast)
            {
                Queue.Recycle(message);
            }
        }

        return bytes;
    }

    /// <summary>Marks what gap blocks name, and unmarks what they no longer name.</summary>
    /// <returns>How many bytes are newly acknowledged.</returns>
    private int HandleGapBlocks(in SackChunk sack, MonotonicTime now, out Tsn highestNew)
    {
        highestNew = _acknowledged;
        if (sack.GapBlocks == 0 && _gapAcknowledged == 0)
        {
            return 0;
        }

        var bytes = 0;
        var index = 0;
        for (var block = 0; block < sack.GapBlocks; block++)
        {
            var (first, last) = sack.GapBlock(block);
            // Offset 1 is the first outstanding chunk. A block that overlaps the one before it names nothing new.
            first = Math.Min(first - 1, _outstanding.Count);
            last = Math.Min(last, _outstanding.Count);
            for (; index < first; index++)
            {
                HandleNotReported(ref _outstanding[index]);
            }

            for (; index < last; index++)
            {
                bytes += HandleReported(index, now, ref highestNew);
            }
        }

        for (; index < _outstanding.Count; index++)
        {
            HandleNotReported(ref _outstanding[index]);
        }

        return bytes;
    }

    private int HandleReported(int index, MonotonicTime now, ref Tsn highestNew)
    {
        ref var chunk = ref _outstanding[index];
        if (chunk.State is ChunkState.Acknowledged or ChunkState.Abandoned)
        {
            return 0;
        }

        Forget(ref chunk);
        chunk.State = ChunkState.Acknowledged;
        _gapAcknowledged++;
        highestNew = _acknowledged.Plus(index + 1);
        HandleRoundTrip(highestNew, now);
        return chunk.Length;
    }

    /// <summary>RFC 9260 section 6.2.1 iv: the peer may drop what it had not delivered.</summary>
    private void HandleNotReported(ref OutstandingChunk chunk)
    {
        if (chunk.State != ChunkState.Acknowledged)
        {
            return;
        }

        Forget(ref chunk);
        chunk.State = ChunkState.InFlight;
        _inFlight += chunk.Length;
    }

    private void HandleRoundTrip(Tsn tsn, MonotonicTime now)
    {
        if (_isTiming && tsn == _timedTsn)
        {
            _isTiming = false;
            _timeout.HandleSample(now - _timedSince);
        }
    }

    /// <summary>RFC 9260 section 7.2.4: only chunks before one that is newly acknowledged can be missing.</summary>
    private void CountMisses(Tsn highestNew, bool progress, MonotonicTime now)
    {
        var limit = highestNew.DistanceFrom(_acknowledged);
        if (_congestion.IsRecovering && progress && _gapAcknowledged > 0)
        {
            limit = Math.Max(limit, HighestGapAcknowledged());
        }

        for (var index = 0; index < limit && index < _outstanding.Count; index++)
        {
            ref var chunk = ref _outstanding[index];
            if (chunk.State != ChunkState.InFlight || chunk.FastRetransmitted)
            {
                continue;
            }

            chunk.Misses++;
            if (chunk.Misses >= MissesUntilLost)
            {
                chunk.FastRetransmitted = true;
                _ignoreWindowOnce |= _congestion.HandleLoss(LastAssigned);
                MarkLost(index, now);
            }
        }
    }

    private int HighestGapAcknowledged()
    {
        for (var index = _outstanding.Count - 1; index >= 0; index--)
        {
            if (_outstanding[index].State == ChunkState.Acknowledged)
            {
                return index;
            }
        }

        return 0;
    }
}
