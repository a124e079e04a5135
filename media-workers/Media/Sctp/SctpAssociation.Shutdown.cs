using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>How an association ends (RFC 9260 section 9).</summary>
internal sealed partial class SctpAssociation
{
    /// <summary>Ends the association at once: the peer is told, what was not acknowledged is lost.</summary>
    public void Abort() => AbortWith(ErrorCause.UserInitiatedAbort, SctpCloseReason.AbortedHere);

    /// <summary>Ends the association after everything sent so far is acknowledged. Nothing more can be sent.</summary>
    public void Shutdown(MonotonicTime now)
    {
        switch (State)
        {
            case SctpState.CookieWait or SctpState.CookieEchoed:
                Abort();
                break;
            case SctpState.Established:
                State = SctpState.ShutdownPending;
                HandleDrained(now);
                break;
            default:
                break;
        }
    }

    /// <summary>Goes on with the shutdown once nothing is unacknowledged.</summary>
    private void HandleDrained(MonotonicTime now)
    {
        if (State is not (SctpState.ShutdownPending or SctpState.ShutdownReceived) || !_sender.IsEmpty)
        {
            return;
        }

        State = State == SctpState.ShutdownPending ? SctpState.ShutdownSent : SctpState.ShutdownAckSent;
        BeginHandshakeStep(now);
    }

    private void WriteShutdown(ref PacketWriter writer, MonotonicTime now)
    {
        if (State is not (SctpState.ShutdownSent or SctpState.ShutdownAckSent))
        {
            return;
        }

        // RFC 9260 section 9.2: DATA that still arrives is answered with SACK and SHUTDOWN at once, and T2 begins anew.
        var hasNews = State == SctpState.ShutdownSent && _receiver.IsSackDue;
        if (!_isHandshakeDue && !hasNews)
        {
            return;
        }

        _isHandshakeDue = false;
        if (State == SctpState.ShutdownAckSent)
        {
            _ = writer.Add(ChunkType.ShutdownAck, 0, 0);
            return;
        }

        if (hasNews)
        {
            BeginHandshakeStep(now);
            _isHandshakeDue = false;
        }

        var value = writer.Add(ChunkType.Shutdown, 0, sizeof(uint));
        BinaryPrimitives.WriteUInt32BigEndian(value, _receiver.Cumulative.Value);
    }

    private PacketFault HandleShutdown(Chunk chunk, MonotonicTime now)
    {
        if (chunk.Value.Length < sizeof(uint))
        {
            return PacketFault.SctpMalformed;
        }

        var fault = _sender.HandleCumulative(new(BinaryPrimitives.ReadUInt32BigEndian(chunk.Value)), now);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        switch (State)
        {
            case SctpState.Established or SctpState.ShutdownPending:
                State = SctpState.ShutdownReceived;
                break;
            case SctpState.ShutdownSent:
                // Both sides shut down at once.
                State = SctpState.ShutdownAckSent;
                BeginHandshakeStep(now);
                break;
            case SctpState.ShutdownAckSent:
                _isHandshakeDue = true;
                break;
            default:
                break;
        }

        return PacketFault.None;
    }

    private void HandleShutdownAck()
    {
        if (State is SctpState.ShutdownSent or SctpState.ShutdownAckSent)
        {
            Reply(ChunkType.ShutdownComplete, 0, _peerTag, default);
            End(SctpCloseReason.Shutdown);
        }
    }

    private void HandleShutdownComplete()
    {
        if (State == SctpState.ShutdownAckSent)
        {
            End(SctpCloseReason.Shutdown);
        }
    }
}
