using System.Diagnostics;
using System.Security.Cryptography;
using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Ice;

/// <summary>
/// One peer's ICE, lite and always controlled (RFC 8445 sections 2.5 and 7.3): answers checks, keeps the addresses that
/// they came from, sends to the one nominated last, and notices when they stop (RFC 7675).
/// </summary>
internal sealed class IceLiteAgent
{
    /// <summary>The longest response in bytes.</summary>
    public const int MaxResponseLength = 192;

    // An input causes at most one event of each kind and a forgotten address per entry; whoever drains after every
    // input, as the engine does, never meets this bound.
    private const int MaxEvents = 64;

    private readonly IceLiteOptions _options;
    private readonly ValidatedAddresses _addresses;
    private readonly Queue<IceEvent> _events = new();
    private IceCredentials _local;
    private IceCredentials? _previousLocal;
    private MonotonicTime _lastHeard;
    private bool _isSelected;
    private TransportAddress _selected;

    /// <summary>Initializes a new instance of the <see cref="IceLiteAgent"/> class, which waits for its first check.</summary>
    /// <param name="local">Ours: what checks are authenticated by.</param>
    /// <param name="remote">The peer's; a lite agent only remembers them.</param>
    /// <param name="options">Waits and bounds.</param>
    /// <param name="now">The time; the wait for the first check begins.</param>
    public IceLiteAgent(IceCredentials local, IceCredentials remote, IceLiteOptions options, MonotonicTime now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxAddresses, 2, nameof(options));
        _local = local;
        Remote = remote;
        _options = options;
        _addresses = new(options.MaxAddresses);
        _lastHeard = now;
    }

    /// <summary>Gets our newest credentials.</summary>
    public IceCredentials Local => _local;

    /// <summary>Gets the peer's newest credentials.</summary>
    public IceCredentials Remote { get; private set; }

    /// <summary>Gets where it stands.</summary>
    public IceState State { get; private set; }

    /// <summary>Gets the address nominated last; null before the first nomination.</summary>
    public TransportAddress? Selected => _isSelected ? _selected : null;

    /// <summary>
    /// Gets where to send: the selected address, before a nomination the one validated first (a browser sends its
    /// ClientHello before USE-CANDIDATE), else null.
    /// </summary>
    public TransportAddress? Destination =>
        _isSelected ? _selected
        : _addresses.Count > 0 ? _addresses.First
        : null;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public Deadline NextTimeout =>
        State switch
        {
            IceState.Failed => Deadline.None,
            IceState.New => new(_lastHeard + _options.FirstCheckTimeout, WakeReason.Admission),
            IceState.Connected => Wake(MonotonicTime.Soonest(_lastHeard + _options.QuietTimeout, OthersExpireAt)),
            _ => Wake(MonotonicTime.Soonest(_lastHeard + _options.ConsentTimeout, OthersExpireAt)),
        };

    private MonotonicTime OthersExpireAt => _addresses.OldestCheck(Selected) + _options.ConsentTimeout;

    /// <summary>Did an authenticated check come from this address within the consent time?</summary>
    public bool IsValidated(TransportAddress address) => _addresses.Contains(address);

    /// <summary>Is this local ufrag honoured: the newest, or the one before until the newest has worked?</summary>
    public bool Honours(ReadOnlySpan<byte> ufrag) => CredentialsOf(ufrag) is not null;

    /// <summary>
    /// Agrees on new credentials (RFC 8445 section 9). The old path and its credentials stay until the new ones have
    /// nominated an address.
    /// </summary>
    public void Restart(IceCredentials local, IceCredentials remote, MonotonicTime now)
    {
        // Of credentials that never worked nobody depends on any: the ones before them are kept instead.
        Retire(_previousLocal is null ? null : _local);
        _previousLocal ??= _local;
        _local = local;
        Remote = remote;
        if (State is IceState.New or IceState.Failed)
        {
            _lastHeard = now;
        }

        Move(IceInput.Restart);
    }

    /// <summary>Answers a STUN message that the demultiplexer gave to this peer.</summary>
    /// <param name="message">The view of the datagram.</param>
    /// <param name="remote">Where it came from.</param>
    /// <param name="now">The time.</param>
    /// <param name="response">Takes the response; at least <see cref="MaxResponseLength"/> bytes.</param>
    /// <param name="responseLength">How long the response to <paramref name="remote"/> is; 0 for none.</param>
    public PacketFault HandleRequest(
        in StunMessage message,
        TransportAddress remote,
        MonotonicTime now,
        Span<byte> response,
        out int responseLength
    )
    {
        responseLength = 0;
        if (message.Type != StunMessageType.BindingRequest)
        {
            // An indication is a keepalive that proves nothing (RFC 8445 section 11); we send no requests to be answered.
            return message.Type == StunMessageType.BindingIndication
                ? PacketFault.None
                : PacketFault.StunUnexpectedMessage;
        }

        var fault = Check(message, out var credentials, out var error);
        responseLength = IceResponse.Write(response, message, remote, error, credentials);
        if (fault == PacketFault.None)
        {
            Debug.Assert(credentials is not null, "A check without fault has credentials.");
            NoteCheck(message.UseCandidate, remote, now, credentials);
        }

        return fault;
    }

    /// <summary>
    /// Notes that the peer sent media or reports that its keys authenticate: it is there and in the session, although it may send no
    /// consent checks, as libnice does by default.
    /// </summary>
    public void HandleTraffic(MonotonicTime now)
    {
        if (State is not (IceState.New or IceState.Failed))
        {
            _lastHeard = now;
        }
    }

    /// <summary>Notes that time has passed.</summary>
    public void Advance(MonotonicTime now)
    {
        if (State == IceState.Failed)
        {
            return;
        }

        var consent = State == IceState.New ? _options.FirstCheckTimeout : _options.ConsentTimeout;
        if (now >= _lastHeard + consent)
        {
            Move(IceInput.ConsentExpired);
        }
        else if (now >= _lastHeard + _options.QuietTimeout)
        {
            Move(IceInput.QuietExpired);
        }

        if (State == IceState.Failed)
        {
            // What these addresses send belongs to nobody any more.
            ForgetAll();
            return;
        }

        while (_addresses.TryRemoveOlder(now - _options.ConsentTimeout, Selected, out var removed))
        {
            Tell(new(IceEventKind.AddressForgotten, removed));
        }
    }

    /// <summary>Gives the next event.</summary>
    public bool TryTakeEvent(out IceEvent taken) => _events.TryDequeue(out taken);

    private PacketFault Check(in StunMessage message, out IceCredentials? credentials, out StunErrorCode error)
    {
        credentials = null;
        error = StunErrorCode.BadRequest;

        // RFC 8489 section 9.1.3, in its order.
        if (message.Username.IsEmpty || !message.HasIntegrity)
        {
            return PacketFault.StunMissingAttribute;
        }

        error = StunErrorCode.Unauthenticated;
        var named = StunMessage.TryReadLocalUfrag(message, out var ufrag) ? CredentialsOf(ufrag) : null;
        if (named is null)
        {
            return PacketFault.StunUnknownUsername;
        }

        if (!message.IsIntegrityValid(named.PwdBytes))
        {
            return PacketFault.StunWrongIntegrity;
        }

        credentials = named;
        if (message.UnknownAttributeCount > 0)
        {
            error = StunErrorCode.UnknownAttribute;
            return PacketFault.StunUnknownAttribute;
        }

        // RFC 8445 section 7.3.1.1: we never control; a peer that says it is controlled is told to switch.
        var conflict = message.Has(StunAttribute.IceControlled);
        error = conflict ? StunErrorCode.RoleConflict : StunErrorCode.None;
        return conflict ? PacketFault.StunUnexpectedMessage : PacketFault.None;
    }

    private void NoteCheck(bool nominates, TransportAddress remote, MonotonicTime now, IceCredentials credentials)
    {
        if (State == IceState.Failed)
        {
            return;
        }

        if (_addresses.IsFull && !_addresses.Contains(remote))
        {
            Tell(new(IceEventKind.AddressForgotten, _addresses.RemoveQuietest(Selected)));
        }

        if (_addresses.Note(remote, now))
        {
            Tell(new(IceEventKind.AddressValidated, remote));
        }

        if (nominates)
        {
            Nominate(remote, credentials);
        }

        if (!_isSelected || remote == _selected)
        {
            _lastHeard = now;
            Move(nominates ? IceInput.Nomination : IceInput.Check);
        }
    }

    private void Nominate(TransportAddress remote, IceCredentials credentials)
    {
        if (_previousLocal is not null && credentials == _local)
        {
            Retire(_previousLocal);
            _previousLocal = null;
        }

        if (!_isSelected || _selected != remote)
        {
            _isSelected = true;
            _selected = remote;
            Tell(new(IceEventKind.SelectedChanged, remote));
        }
    }

    private void ForgetAll()
    {
        while (_addresses.Count > 0)
        {
            Tell(new(IceEventKind.AddressForgotten, _addresses.RemoveQuietest(keep: null)));
        }

        _isSelected = false;
    }

    private IceCredentials? CredentialsOf(ReadOnlySpan<byte> ufrag)
    {
        if (CryptographicOperations.FixedTimeEquals(ufrag, _local.UfragBytes))
        {
            return _local;
        }

        return _previousLocal is { } previous && CryptographicOperations.FixedTimeEquals(ufrag, previous.UfragBytes)
            ? previous
            : null;
    }

    private void Move(IceInput input)
    {
        var next = IceStateMachine.Next(State, input);
        if (next != State)
        {
            State = next;
            Tell(new(IceEventKind.StateChanged, State: next));
        }
    }

    private void Retire(IceCredentials? credentials)
    {
        if (credentials is not null)
        {
            Tell(new(IceEventKind.CredentialsRetired, Ufrag: credentials.Ufrag));
        }
    }

    private void Tell(in IceEvent told)
    {
        Debug.Assert(_events.Count < MaxEvents, "Events are drained after every input.");
        if (_events.Count == MaxEvents)
        {
            _ = _events.Dequeue();
        }

        _events.Enqueue(told);
    }

    private static Deadline Wake(MonotonicTime at) => new(at, WakeReason.Consent);
}
