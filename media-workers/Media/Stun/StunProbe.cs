using EventMeet.Media.Packets;
using EventMeet.Media.Values;

namespace EventMeet.Media.Stun;

/// <summary>
/// Learns from a STUN server the public address of the socket that its datagrams leave by (RFC 8489 section 2): one
/// Binding transaction over UDP, 39.5 s at the longest.
/// </summary>
/// <param name="server">Whom to ask; only its answers count.</param>
/// <param name="now">The time; the first request is due at once.</param>
public sealed class StunProbe(TransportAddress server, MonotonicTime now)
{
    /// <summary>The length of a request in bytes.</summary>
    public const int RequestLength = 28;

    private readonly StunTransactionId _transactionId = StunTransactionId.Generate();
    private StunRetransmission _retransmission = StunRetransmission.StartAt(now);
    private bool _requestIsDue = true;

    /// <summary>Gets whom to send to.</summary>
    public TransportAddress Server => server;

    /// <summary>Gets where it stands.</summary>
    public StunProbeState State { get; private set; }

    /// <summary>Gets the address that the server saw; meaningless unless answered.</summary>
    public TransportAddress PublicAddress { get; private set; }

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public Deadline NextTimeout =>
        State == StunProbeState.Waiting ? new(_retransmission.NextAt, WakeReason.Consent) : Deadline.None;

    /// <summary>Notes that time has passed.</summary>
    public void Advance(MonotonicTime now)
    {
        if (State != StunProbeState.Waiting)
        {
            return;
        }

        _requestIsDue |= _retransmission.TryAdvance(now);
        if (_retransmission.IsExhausted)
        {
            State = StunProbeState.TimedOut;
        }
    }

    /// <summary>Takes a datagram that may be the answer; what is not ours is refused and changes nothing.</summary>
    public PacketFault HandleDatagram(ReadOnlySpan<byte> datagram, TransportAddress remote)
    {
        var fault = StunMessage.TryParse(datagram, out var message);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (remote != server || State != StunProbeState.Waiting || message.TransactionId != _transactionId)
        {
            return PacketFault.StunUnexpectedMessage;
        }

        return Settle(message);
    }

    /// <summary>Gives a request to send to <see cref="Server"/>.</summary>
    /// <param name="destination">At least <see cref="RequestLength"/> bytes.</param>
    /// <param name="length">How many bytes were written.</param>
    public bool TryTakeDatagram(Span<byte> destination, out int length)
    {
        length = 0;
        if (!_requestIsDue || State != StunProbeState.Waiting)
        {
            return false;
        }

        _requestIsDue = false;
        length = new StunWriter(destination, StunMessageType.BindingRequest, _transactionId).Finish();
        return true;
    }

    private PacketFault Settle(in StunMessage message)
    {
        switch (message.Type)
        {
            case StunMessageType.BindingSuccess when message.TryReadMappedAddress(out var address):
                PublicAddress = address;
                State = StunProbeState.Answered;
                return PacketFault.None;
            case StunMessageType.BindingSuccess:
                return PacketFault.StunMissingAttribute;
            case StunMessageType.BindingError:
                State = StunProbeState.Refused;
                return PacketFault.None;
            default:
                return PacketFault.StunUnexpectedMessage;
        }
    }
}

/// <summary>Where a <see cref="StunProbe"/> stands.</summary>
public enum StunProbeState
{
    /// <summary>Requests go out and no answer has come.</summary>
    Waiting,

    /// <summary>The server told the address.</summary>
    Answered,

    /// <summary>The server refused.</summary>
    Refused,

    /// <summary>No answer came to any request.</summary>
    TimedOut,
}
