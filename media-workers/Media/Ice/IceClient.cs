using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Ice;

/// <summary>
/// The controlling end of one path to an ICE-lite server (RFC 8445 section 7.2): checks it with USE-CANDIDATE, then
/// keeps consent fresh (RFC 7675). For bots, relays and self-tests; one candidate pair only.
/// </summary>
internal sealed class IceClient
{
    /// <summary>The longest request in bytes; USERNAME dominates it.</summary>
    public const int MaxRequestLength = 640;

    // RFC 8445 section 5.1.2.1 for a host candidate: type preference 126, local preference 65535, component 1.
    private const uint Priority = (126u << 24) | (65535u << 8) | 255;
    private const int MaxOutstanding = 8;

    private static readonly TimeSpan ConsentInterval = TimeSpan.FromSeconds(5); // RFC 7675 section 5.1
    private static readonly TimeSpan ConsentTimeout = TimeSpan.FromSeconds(30); // RFC 7675 section 5.1

    private readonly ulong _tieBreaker;
    private readonly (StunTransactionId Id, MonotonicTime SentAt)[] _outstanding = new (
        StunTransactionId,
        MonotonicTime
    )[MaxOutstanding];

    private StunTransactionId _transactionId;
    private StunRetransmission _retransmission;
    private MonotonicTime _nextCheck;
    private MonotonicTime _lastAnswer;
    private int _requestsSent;
    private bool _requestIsDue;
    private MonotonicTime _now;

    /// <summary>Initializes a new instance of the <see cref="IceClient"/> class; its first check is due at once.</summary>
    /// <param name="local">Ours: the second half of USERNAME.</param>
    /// <param name="remote">The server's: the first half, and the password of both directions' checks that we send.</param>
    /// <param name="server">The candidate to check.</param>
    /// <param name="now">The time.</param>
    public IceClient(IceCredentials local, IceCredentials remote, TransportAddress server, MonotonicTime now)
    {
        Local = local;
        Remote = remote;
        Server = server;
        _tieBreaker = StunTransactionId.Generate().Low;
        Begin(now);
    }

    /// <summary>Gets our credentials.</summary>
    public IceCredentials Local { get; private set; }

    /// <summary>Gets the server's credentials.</summary>
    public IceCredentials Remote { get; private set; }

    /// <summary>Gets whom to send to.</summary>
    public TransportAddress Server { get; }

    /// <summary>Gets where it stands.</summary>
    public IceClientState State { get; private set; }

    /// <summary>Gets the address that the server saw last; the default before its first answer.</summary>
    public TransportAddress MappedAddress { get; private set; }

    /// <summary>Gets the round trip of the check answered last; null before.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    /// <summary>Gets why the server refused; none when it did not.</summary>
    public StunErrorCode Refusal { get; private set; }

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public Deadline NextTimeout =>
        State switch
        {
            IceClientState.Checking => new(_retransmission.NextAt, WakeReason.Consent),
            IceClientState.Connected => new(
                MonotonicTime.Soonest(_nextCheck, _lastAnswer + ConsentTimeout),
                WakeReason.Consent
            ),
            _ => Deadline.None,
        };

    // RFC 7675 section 5.1: spread over 0.8 to 1.2 times the interval; the id is as random as anything.
    private double ConsentJitter => 0.8 + (0.4 * (_transactionId.High / (double)uint.MaxValue));

    /// <summary>Checks again with new credentials (RFC 8445 section 9).</summary>
    public void Restart(IceCredentials local, IceCredentials remote, MonotonicTime now)
    {
        Local = local;
        Remote = remote;
        Begin(now);
    }

    /// <summary>Notes that time has passed.</summary>
    public void Advance(MonotonicTime now)
    {
        _now = now;
        switch (State)
        {
            case IceClientState.Checking:
                _requestIsDue |= _retransmission.TryAdvance(now);
                State = _retransmission.IsExhausted ? IceClientState.Failed : State;
                break;
            case IceClientState.Connected when now >= _lastAnswer + ConsentTimeout:
                State = IceClientState.Failed;
                break;
            case IceClientState.Connected when now >= _nextCheck:
                // RFC 7675 section 5.1: each consent check is a transaction of its own and is not sent again.
                _transactionId = StunTransactionId.Generate();
                _nextCheck = now + (ConsentInterval * ConsentJitter);
                _requestIsDue = true;
                break;
            default:
                break;
        }
    }

    /// <summary>Takes a datagram that may be an answer; what is not is refused and changes nothing.</summary>
    public PacketFault HandleDatagram(ReadOnlySpan<byte> datagram, TransportAddress remote, MonotonicTime now)
    {
        _now = now;
        var fault = StunMessage.TryParse(datagram, out var message);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (remote != Server || State == IceClientState.Failed || !TryFindOutstanding(message, out var sentAt))
        {
            return PacketFault.StunUnexpectedMessage;
        }

        return message.Type switch
        {
            StunMessageType.BindingSuccess => Accept(message, sentAt),
            StunMessageType.BindingError => Refuse(message),
            _ => PacketFault.StunUnexpectedMessage,
        };
    }

    /// <summary>Gives a check to send to <see cref="Server"/>.</summary>
    /// <param name="destination">At least <see cref="MaxRequestLength"/> bytes.</param>
    /// <param name="length">How many bytes were written.</param>
    public bool TryTakeDatagram(Span<byte> destination, out int length)
    {
        length = 0;
        if (!_requestIsDue || State == IceClientState.Failed)
        {
            return false;
        }

        _requestIsDue = false;
        _outstanding[_requestsSent++ % MaxOutstanding] = (_transactionId, _now);
        length = WriteRequest(destination);
        return true;
    }

    private void Begin(MonotonicTime now)
    {
        State = IceClientState.Checking;
        Refusal = StunErrorCode.None;
        _now = now;
        _transactionId = StunTransactionId.Generate();
        _retransmission = StunRetransmission.StartAt(now);
        _requestIsDue = _retransmission.TryAdvance(now);
    }

    private PacketFault Accept(in StunMessage message, MonotonicTime sentAt)
    {
        if (!message.IsIntegrityValid(Remote.PwdBytes))
        {
            return PacketFault.StunWrongIntegrity;
        }

        if (!message.TryReadMappedAddress(out var mapped))
        {
            return PacketFault.StunMissingAttribute;
        }

        MappedAddress = mapped;
        RoundTrip = _now - sentAt;
        _lastAnswer = _now;
        if (State == IceClientState.Checking)
        {
            State = IceClientState.Connected;
            _nextCheck = _now + ConsentInterval;
            _requestIsDue = false;
        }

        return PacketFault.None;
    }

    private PacketFault Refuse(in StunMessage message)
    {
        // Unauthenticated refusals (400, 401) can be forged by anyone on the path, who could as well drop our checks.
        var authentic = !message.HasIntegrity || message.IsIntegrityValid(Remote.PwdBytes);
        if (!authentic || message.ErrorCode == StunErrorCode.None)
        {
            return authentic ? PacketFault.StunMissingAttribute : PacketFault.StunWrongIntegrity;
        }

        Refusal = message.ErrorCode;
        if (Refusal != StunErrorCode.ServerError)
        {
            State = IceClientState.Failed;
        }

        return PacketFault.None;
    }

    private bool TryFindOutstanding(in StunMessage message, out MonotonicTime sentAt)
    {
        // The newest first: a retransmission has the id of the request before it, and Karn's algorithm is not needed
        // for a figure that is only shown.
        for (var back = 1; back <= Math.Min(_requestsSent, MaxOutstanding); back++)
        {
            var candidate = _outstanding[(_requestsSent - back) % MaxOutstanding];
            if (candidate.Id == message.TransactionId)
            {
                sentAt = candidate.SentAt;
                return true;
            }
        }

        sentAt = default;
        return false;
    }

    private int WriteRequest(Span<byte> destination)
    {
        Span<byte> username = stackalloc byte[513];
        var ours = Local.UfragBytes;
        var theirs = Remote.UfragBytes;
        theirs.CopyTo(username);
        username[theirs.Length] = (byte)':';
        ours.CopyTo(username[(theirs.Length + 1)..]);
        var writer = new StunWriter(destination, StunMessageType.BindingRequest, _transactionId);
        writer.Add(StunAttribute.Username, username[..(theirs.Length + 1 + ours.Length)]);
        writer.Add(StunAttribute.Priority, Priority);
        writer.Add(StunAttribute.IceControlling, _tieBreaker);
        writer.Add(StunAttribute.UseCandidate, []);
        writer.AddIntegrity(StunAttribute.MessageIntegrity, Remote.PwdBytes);
        return writer.Finish();
    }
}

/// <summary>Where an <see cref="IceClient"/> stands.</summary>
internal enum IceClientState
{
    /// <summary>Checks go out; none was answered.</summary>
    Checking,

    /// <summary>The path works.</summary>
    Connected,

    /// <summary>No check was answered, one was refused, or consent has expired.</summary>
    Failed,
}
