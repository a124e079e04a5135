using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>What leaves (RFC 9260 section 6.1): first what was lost, then what is new.</summary>
internal sealed partial class DataSender
{
    /// <summary>Adds FORWARD TSN and DATA chunks as the windows and the packet's room allow.</summary>
    public void Write(ref PacketWriter writer, MonotonicTime now)
    {
        if (_lost > 0)
        {
            GiveUpExpired(now);
        }

        if (_forwardTsnDue)
        {
            WriteForwardTsn(ref writer, now);
        }

        var before = writer.Length;
        var ignoreWindow = _ignoreWindowOnce;
        WriteLost(ref writer, ignoreWindow);
        if (_lost == 0)
        {
            WriteNew(ref writer, now);
        }

        if (writer.Length == before)
        {
            return;
        }

        if (_isProbing)
        {
            _timeout.HandleProbe(now);
        }

        _isProbing = false;
        _ignoreWindowOnce = false;
        _lastSentAt = now;
        if (RetransmitAt == MonotonicTime.Never || ignoreWindow)
        {
            RetransmitAt = now + _timeout.Current;
        }

        if (Queue.IsEmpty || _inFlight >= Math.Min(_congestion.Size, _burstLimit) || _peerWindow < _largestFragment)
        {
            // Nothing can follow before the peer answers: it shall not wait for a second packet.
            writer.AskForImmediateSack();
        }
    }

    private void WriteLost(ref PacketWriter writer, bool ignoreWindow)
    {
        for (var index = 0; _lost > 0 && index < _outstanding.Count; index++)
        {
            ref var chunk = ref _outstanding[index];
            if (chunk.State != ChunkState.Lost)
            {
                continue;
            }

            if (chunk.Length > writer.Room - DataChunk.HeaderLength + ChunkReader.HeaderLength)
            {
                return;
            }

            if (!ignoreWindow && (_inFlight >= _congestion.Size || _inFlight >= _burstLimit))
            {
                return;
            }

            Forget(ref chunk);
            chunk.State = ChunkState.InFlight;
            chunk.Misses = 0;
            _inFlight += chunk.Length;
            _counters.Retransmissions++;
            var tsn = _acknowledged.Plus(index + 1);
            _isTiming = _isTiming && _timedTsn != tsn; // Karn's rule
            WriteChunk(ref writer, ref chunk, tsn);
        }
    }

    private void WriteNew(ref PacketWriter writer, MonotonicTime now)
    {
        while (!Queue.IsEmpty && MayBegin(now) && Queue.Next(now, _counters) is { } message)
        {
            if (_partialReliability && message.Expires <= now)
            {
                Abandon(message);
                AdvanceAbandoned();
                continue;
            }

            var length = FragmentLength(message, writer.Room - DataChunk.HeaderLength + ChunkReader.HeaderLength);
            // With nothing in flight one chunk may leave whatever the peer's window: a probe (rule A).
            if (length == 0 || (length > _peerWindow && _inFlight > 0))
            {
                return;
            }

            WriteFragment(ref writer, message, length, now);
        }
    }

    private bool MayBegin(MonotonicTime now)
    {
        if (_inFlight == 0 && _lastSentAt != MonotonicTime.Never && now - _lastSentAt > _timeout.Current)
        {
            // RFC 9260 section 7.2.1: after a pause the path may have changed.
            _congestion.HandleIdle((int)Math.Min(32, (now - _lastSentAt) / _timeout.Current));
        }

        return _inFlight < _congestion.Size && _inFlight < _burstLimit;
    }

    /// <summary>How much of a message goes into so much room; nothing when the next packet is the better place.</summary>
    private int FragmentLength(OutboundMessage message, int room)
    {
        if (message.Remaining <= room)
        {
            return message.Remaining;
        }

        var fitsNextPacket = message.Remaining <= _largestFragment;
        return fitsNextPacket || room < SmallestFragment ? 0 : room;
    }

    private void WriteFragment(ref PacketWriter writer, OutboundMessage message, int length, MonotonicTime now)
    {
        var offset = message.Fragmented;
        var tsn = _nextTsn;
        _nextTsn = tsn.Next;
        _outstanding.Add(
            new()
            {
                Message = message,
                Offset = offset,
                Length = length,
                Flags = FlagsOf(message, offset, offset + length),
            }
        );
        _inFlight += length;
        _peerWindow -= length;
        Queue.HandleFragment(length, tsn);
        if (!_isTiming)
        {
            (_isTiming, _timedTsn, _timedSince) = (true, tsn, now);
        }

        WriteChunk(ref writer, ref _outstanding[_outstanding.Count - 1], tsn);
    }

    private static void WriteChunk(ref PacketWriter writer, ref OutstandingChunk chunk, Tsn tsn)
    {
        if (chunk.Transmissions < ushort.MaxValue)
        {
            chunk.Transmissions++;
        }

        var message = chunk.Message;
        DataChunk.Write(
            ref writer,
            chunk.Flags,
            tsn,
            message.Header.StreamId,
            message.StreamSequenceNumber,
            message.Header.PayloadProtocolIdentifier,
            message.Buffer.AsSpan(chunk.Offset, chunk.Length)
        );
    }

    private void GiveUpExpired(MonotonicTime now)
    {
        for (var index = 0; _partialReliability && index < _outstanding.Count; index++)
        {
            ref var chunk = ref _outstanding[index];
            if (chunk.State == ChunkState.Lost && chunk.Message.Expires <= now)
            {
                Abandon(chunk.Message);
            }
        }

        AdvanceAbandoned();
    }

    /// <summary>RFC 3758 section 3.5 C: names the last skipped message of each ordered stream.</summary>
    private void WriteForwardTsn(ref PacketWriter writer, MonotonicTime now)
    {
        Span<SkippedStream> streams = stackalloc SkippedStream[MaxSkippedStreams];
        var fits = Math.Min(MaxSkippedStreams, (writer.Room - ForwardTsnChunk.FixedLength) / 4);
        if (fits <= 0)
        {
            return;
        }

        var count = 0;
        var last = _acknowledged;
        var skipped = _abandonedUpTo.DistanceFrom(_acknowledged);
        for (var index = 0; index < skipped; index++)
        {
            var message = _outstanding[index].Message;
            if (!message.Header.Unordered && !TryNote(streams[..fits], ref count, message))
            {
                break; // the rest goes with the next one
            }

            last = last.Next;
        }

        ForwardTsnChunk.Write(ref writer, last, streams[..count]);
        _forwardTsnDue = false;
        _forwardTsnSentAt = now;
        if (RetransmitAt == MonotonicTime.Never)
        {
            RetransmitAt = now + _timeout.Current;
        }
    }

    private static bool TryNote(Span<SkippedStream> streams, ref int count, OutboundMessage message)
    {
        var skipped = new SkippedStream(message.Header.StreamId, message.StreamSequenceNumber);
        for (var index = 0; index < count; index++)
        {
            if (streams[index].StreamId == skipped.StreamId)
            {
                streams[index] = skipped; // later ones have later numbers
                return true;
            }
        }

        if (count == streams.Length)
        {
            return false;
        }

        streams[count++] = skipped;
        return true;
    }
}
