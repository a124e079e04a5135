using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>What each chunk does (RFC 9260 sections 3.2, 8.4, 8.5).</summary>
internal sealed partial class SctpAssociation
{
    private const byte ReflectedTagFlag = 1; // T bit of ABORT and SHUTDOWN COMPLETE

    private const int MaxReported = 256; // bytes of an unknown chunk that are sent back

    private PacketFault HandleChunks(in SctpPacket packet, MonotonicTime now)
    {
        var reader = new ChunkReader(packet.Chunks);
        var fault = reader.TryRead(out var chunk);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        fault = CheckTag(packet, chunk, reader.IsAtEnd, out var handled);
        if (fault != PacketFault.None || handled)
        {
            return fault;
        }

        while (true)
        {
            fault = HandleChunk(chunk, now, out var skipRest);
            if (fault is not (PacketFault.None or PacketFault.SctpOverflow) || skipRest || reader.IsAtEnd)
            {
                return fault;
            }

            var next = reader.TryRead(out chunk);
            if (next != PacketFault.None)
            {
                return next;
            }
        }
    }

    /// <summary>Judges the verification tag (RFC 9260 section 8.5.1), and answers what belongs to no association (8.4).</summary>
    private PacketFault CheckTag(in SctpPacket packet, Chunk first, bool isAlone, out bool handled)
    {
        handled = false;
        var tag = packet.VerificationTag;
        _receivedTag = tag;
        switch (first.Type)
        {
            case ChunkType.Init:
                return tag == 0 && isAlone ? PacketFault.None : PacketFault.SctpWrongVerificationTag;
            case ChunkType.CookieEcho:
                return PacketFault.None; // judged with the cookie
            case ChunkType.Abort or ChunkType.ShutdownComplete:
                var expected = (first.Flags & ReflectedTagFlag) != 0 ? _peerTag : _localTag;
                return State != SctpState.Closed && tag == expected && tag != 0
                    ? PacketFault.None
                    : PacketFault.SctpWrongVerificationTag;
            default:
                break;
        }

        if (State != SctpState.Closed && tag == _localTag)
        {
            return PacketFault.None;
        }

        if (State == SctpState.Closed || first.Type == ChunkType.ShutdownAck)
        {
            handled = true;
            AnswerOutOfTheBlue(first, tag);
        }

        return PacketFault.SctpWrongVerificationTag;
    }

    private void AnswerOutOfTheBlue(Chunk first, uint tag)
    {
        // Answering an ERROR or COOKIE ACK could begin an endless exchange (RFC 9260 section 8.4 rules 6 and 7).
        if (first.Type is ChunkType.Error or ChunkType.CookieAck)
        {
            return;
        }

        var answer = first.Type == ChunkType.ShutdownAck ? ChunkType.ShutdownComplete : ChunkType.Abort;
        Reply(answer, ReflectedTagFlag, tag, default);
    }

    private PacketFault HandleChunk(Chunk chunk, MonotonicTime now, out bool skipRest)
    {
        skipRest = false;
        switch (chunk.Type)
        {
            case ChunkType.Init:
                skipRest = true;
                return HandleInit(chunk, now);
            case ChunkType.InitAck:
                skipRest = true;
                return HandleInitAck(chunk, now);
            case ChunkType.CookieEcho:
                var fault = HandleCookieEcho(chunk, now);
                skipRest = !IsSynchronized;
                return fault;
            case ChunkType.CookieAck:
                HandleCookieAck();
                return PacketFault.None;
            case ChunkType.Abort:
                skipRest = true;
                End(SctpCloseReason.AbortedByPeer);
                return PacketFault.None;
            case ChunkType.Error:
                return HandleError(chunk);
            case ChunkType.Heartbeat:
                if (_peerTag != 0)
                {
                    Reply(ChunkType.HeartbeatAck, 0, _peerTag, chunk.Value);
                }

                return PacketFault.None;
            case ChunkType.HeartbeatAck:
                return PacketFault.None; // we send none
            case ChunkType.ShutdownAck:
                skipRest = true;
                HandleShutdownAck();
                return PacketFault.None;
            case ChunkType.ShutdownComplete:
                skipRest = true;
                HandleShutdownComplete();
                return PacketFault.None;
            default:
                return HandleSynchronizedChunk(chunk, now, out skipRest);
        }
    }

    private PacketFault HandleSynchronizedChunk(Chunk chunk, MonotonicTime now, out bool skipRest)
    {
        skipRest = false;
        switch (chunk.Type)
        {
            case ChunkType.Data
            or ChunkType.Sack
            or ChunkType.Shutdown
            or ChunkType.ForwardTsn
            or ChunkType.Reconfig when !IsSynchronized:
                // DATA that overtook the COOKIE ACK: dropped, it comes again.
                skipRest = true;
                return PacketFault.None;
            case ChunkType.Data:
                return HandleData(chunk);
            case ChunkType.Sack:
                var fault = SackChunk.TryParse(chunk, out var sack);
                return fault != PacketFault.None ? fault : _sender.HandleSack(sack, now);
            case ChunkType.ForwardTsn:
                fault = ForwardTsnChunk.TryParse(chunk, out var forward);
                if (fault == PacketFault.None)
                {
                    _receiver.HandleForward(forward);
                }

                return fault;
            case ChunkType.Reconfig:
                return _resets.Handle(chunk);
            case ChunkType.Shutdown:
                return HandleShutdown(chunk, now);
            default:
                skipRest = ((byte)chunk.Type & 0x80) == 0;
                ReportUnknown(chunk);
                return PacketFault.None;
        }
    }

    private PacketFault HandleData(Chunk chunk)
    {
        var fault = DataChunk.TryParse(chunk, out var data);
        if (fault != PacketFault.None)
        {
            AbortWith(ErrorCause.NoUserData, SctpCloseReason.ProtocolViolation);
            return fault;
        }

        if (State is SctpState.ShutdownAckSent or SctpState.ShutdownReceived)
        {
            return PacketFault.None; // the peer has said that it sends no more
        }

        fault = _receiver.HandleData(data);
        if (fault == PacketFault.TooLarge)
        {
            AbortWith(ErrorCause.OutOfResource, SctpCloseReason.ProtocolViolation);
        }

        return fault;
    }

    /// <summary>RFC 9260 section 3.2: the second highest bit of an unknown type asks for a report.</summary>
    private void ReportUnknown(Chunk chunk)
    {
        if (((byte)chunk.Type & 0x40) != 0 && IsSynchronized)
        {
            ReplyWithCause(
                ChunkType.Error,
                ErrorCause.UnrecognizedChunk,
                chunk.Bytes[..Math.Min(MaxReported, chunk.Bytes.Length)]
            );
        }
    }

    private void ReplyWithCause(ChunkType type, ErrorCause cause, ReadOnlySpan<byte> details)
    {
        Span<byte> value = stackalloc byte[4 + MaxReported];
        BinaryPrimitives.WriteUInt16BigEndian(value, (ushort)cause);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(4 + details.Length));
        details.CopyTo(value[4..]);
        Reply(type, 0, _peerTag, value[..(4 + details.Length)]);
    }

    private void Reply(ChunkType type, byte flags, uint tag, ReadOnlySpan<byte> value)
    {
        Span<byte> packet = stackalloc byte[_options.Mtu];
        var writer = new PacketWriter(packet, _options, tag);
        if (value.Length > writer.Room)
        {
            return; // a heartbeat longer than our packets
        }

        value.CopyTo(writer.Add(type, flags, value.Length));
        _replies.Add(packet[..writer.Finish(withChecksum: true)]);
    }

    private void AbortWith(ErrorCause cause, SctpCloseReason reason)
    {
        if (State == SctpState.Closed)
        {
            return;
        }

        if (_peerTag != 0)
        {
            ReplyWithCause(ChunkType.Abort, cause, default);
        }

        End(reason);
    }

    private void End(SctpCloseReason reason)
    {
        if (State == SctpState.Closed)
        {
            return;
        }

        State = SctpState.Closed;
        _isEnded = true;
        _sender.Stop();
        _receiver.Stop();
        _resets.Stop();
        ForgetHandshake();
        _events.Enqueue(new(SctpEventKind.Lost, Reason: reason));
    }
}
