using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>How an association begins (RFC 9260 section 5).</summary>
internal sealed partial class SctpAssociation
{
    private const uint SmallestPeerWindow = 1500; // RFC 9260 section 3.3.2

    private byte[]? _cookieKey;
    private byte[]? _cookie; // the peer's, while we echo it
    private Tsn _localTsn;
    private uint _receivedTag;
    private bool _isEnded;
    private bool _isHandshakeDue;
    private int _handshakeAttempts;
    private MonotonicTime _handshakeAt = MonotonicTime.Never; // T1-init, T1-cookie or T2-shutdown

    /// <summary>Begins as client: sends INIT. The peer may do the same at the same time.</summary>
    public void Connect(MonotonicTime now)
    {
        if (State != SctpState.Closed)
        {
            throw new InvalidOperationException("The association has begun already.");
        }

        _isEnded = false;
        _localTag = NewTag();
        _localTsn = new(RandomNumber());
        _peerTag = 0;
        State = SctpState.CookieWait;
        BeginHandshakeStep(now);
    }

    private void BeginHandshakeStep(MonotonicTime now)
    {
        _handshakeAttempts = 0;
        _isHandshakeDue = true;
        _handshakeAt = now + _options.InitialTimeout;
    }

    private void ForgetHandshake()
    {
        _cookie = null;
        _isHandshakeDue = false;
        _cookieAckDue = false;
        _handshakeAt = MonotonicTime.Never;
    }

    /// <summary>T1-init, T1-cookie and T2-shutdown.</summary>
    private void AdvanceHandshake(MonotonicTime now)
    {
        if (_handshakeAt > now || State == SctpState.Closed)
        {
            return;
        }

        _handshakeAttempts++;
        if (_handshakeAttempts > _options.MaxInitRetransmissions)
        {
            AbortWith(ErrorCause.UserInitiatedAbort, SctpCloseReason.NoAnswer);
            return;
        }

        _isHandshakeDue = true;
        var wait = _options.InitialTimeout * (1 << Math.Min(_handshakeAttempts, 10));
        _handshakeAt = now + (wait < _options.MaximumTimeout ? wait : _options.MaximumTimeout);
    }

    private void WriteHandshake(ref PacketWriter writer)
    {
        if (!_isHandshakeDue)
        {
            return;
        }

        _isHandshakeDue = false;
        if (State == SctpState.CookieWait)
        {
            InitChunk.Write(ref writer, ChunkType.Init, Offer(_localTag, _localTsn), default, default);
        }
        else if (State == SctpState.CookieEchoed)
        {
            _cookie.CopyTo(writer.Add(ChunkType.CookieEcho, 0, _cookie!.Length));
        }
    }

    /// <summary>Answers an INIT without keeping anything (RFC 9260 sections 5.1, 5.2.1, 5.2.2).</summary>
    private PacketFault HandleInit(Chunk chunk, MonotonicTime now)
    {
        if (_receivedTag != 0)
        {
            return PacketFault.SctpMalformed; // hidden behind another chunk
        }

        var fault = InitChunk.TryParse(chunk, out var init);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (!init.IsValid)
        {
            Reply(ChunkType.Abort, 0, init.InitiateTag, InvalidMandatoryParameter);
            return PacketFault.SctpMalformed;
        }

        if (State == SctpState.ShutdownAckSent)
        {
            _isHandshakeDue = true; // RFC 9260 section 9.2: our SHUTDOWN ACK again
            return PacketFault.None;
        }

        Span<byte> unrecognized = stackalloc byte[MaxReported];
        fault = init.TryReadParameters(out var capabilities, out _, unrecognized, out var unrecognizedLength);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        // While our own INIT is out, both answers must speak of one association: same tag, same TSN (section 5.2.1).
        var isColliding = State is SctpState.CookieWait or SctpState.CookieEchoed;
        var localTag = isColliding ? _localTag : NewTag();
        var localTsn = isColliding ? _localTsn : new(RandomNumber());
        var hasPeer = State != SctpState.Closed && State != SctpState.CookieWait;
        var cookie = new StateCookie(
            now,
            localTag,
            init.InitiateTag,
            localTsn,
            init.InitialTsn,
            init.ReceiverWindow,
            init.OutboundStreams,
            init.InboundStreams,
            hasPeer ? _localTag : 0,
            hasPeer ? _peerTag : 0,
            capabilities
        );
        ReplyWithInitAck(cookie, unrecognized[..unrecognizedLength]);
        return PacketFault.None;
    }

    private void ReplyWithInitAck(in StateCookie cookie, ReadOnlySpan<byte> unrecognized)
    {
        if (_cookieKey is null)
        {
            _cookieKey = new byte[StateCookie.KeyLength];
            _options.Random(_cookieKey);
        }

        Span<byte> encoded = stackalloc byte[StateCookie.EncodedLength];
        cookie.Write(encoded, _cookieKey);
        Span<byte> packet = stackalloc byte[_options.Mtu];
        var writer = new PacketWriter(packet, _options, cookie.PeerTag);
        InitChunk.Write(ref writer, ChunkType.InitAck, Offer(cookie.LocalTag, cookie.LocalTsn), encoded, unrecognized);
        _replies.Add(packet[..writer.Finish(withChecksum: true)]);
    }

    /// <summary>RFC 9260 section 5.1 C.</summary>
    private PacketFault HandleInitAck(Chunk chunk, MonotonicTime now)
    {
        if (State != SctpState.CookieWait)
        {
            return PacketFault.None; // section 5.2.3
        }

        var fault = InitChunk.TryParse(chunk, out var init);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        Span<byte> unrecognized = stackalloc byte[MaxReported];
        fault = init.TryReadParameters(out var capabilities, out var cookie, unrecognized, out _);
        if (fault != PacketFault.None)
        {
            return fault;
        }

        if (!init.IsValid || cookie.IsEmpty || cookie.Length > _options.Mtu - SctpPacket.HeaderLength - 4)
        {
            _peerTag = init.InitiateTag;
            AbortWith(
                init.IsValid ? ErrorCause.MissingParameter : ErrorCause.InvalidMandatoryParameter,
                SctpCloseReason.ProtocolViolation
            );
            return PacketFault.SctpMalformed;
        }

        _peerTag = init.InitiateTag;
        Start(_localTsn, init.InitialTsn, init.ReceiverWindow, init.InboundStreams, capabilities);
        _cookie = cookie.ToArray();
        State = SctpState.CookieEchoed;
        BeginHandshakeStep(now);
        return PacketFault.None;
    }

    /// <summary>RFC 9260 sections 5.1.5 and 5.2.4.</summary>
    private PacketFault HandleCookieEcho(Chunk chunk, MonotonicTime now)
    {
        if (
            _cookieKey is null
            || !StateCookie.TryRead(chunk.Value, _cookieKey, out var cookie)
            || cookie.LocalTag != _receivedTag
        )
        {
            return PacketFault.SctpWrongCookie;
        }

        var action = NextAction(cookie);
        if (now - cookie.MadeAt > _options.CookieLifetime && action != CookieAction.Acknowledge)
        {
            ReplyStaleCookie(cookie, now);
            return PacketFault.SctpWrongCookie;
        }

        switch (action)
        {
            case CookieAction.Establish:
                Adopt(cookie);
                Establish(SctpEventKind.Up);
                return PacketFault.None;
            case CookieAction.Restart when State == SctpState.ShutdownAckSent:
                _isHandshakeDue = true;
                ReplyWithCause(ChunkType.Error, ErrorCause.CookieWhileShuttingDown, default);
                return PacketFault.None;
            case CookieAction.Restart:
                _sender.Stop();
                _resets.Stop();
                Adopt(cookie);
                Establish(SctpEventKind.Restarted);
                return PacketFault.None;
            case CookieAction.Acknowledge:
                Establish(SctpEventKind.Up);
                return PacketFault.None;
            case CookieAction.Discard:
            default:
                return PacketFault.SctpWrongCookie;
        }
    }

    /// <summary>The table of RFC 9260 section 5.2.4: which tags of the cookie are those of the association.</summary>
    private CookieAction NextAction(in StateCookie cookie) =>
        (State, cookie.LocalTag == _localTag, cookie.PeerTag == _peerTag) switch
        {
            (SctpState.Closed, _, _) => CookieAction.Establish,
            // D: the same association; its COOKIE ACK was lost, or both sides began at once.
            (_, true, true) => CookieAction.Acknowledge,
            // B: both sides began at once, and the INIT ACK to ours was lost.
            (SctpState.CookieWait or SctpState.CookieEchoed, true, false) => CookieAction.Establish,
            // A: the peer began anew, knowing nothing of the association; we did, so the cookie has our tie tags.
            (_, false, false) when cookie.LocalTieTag == _localTag && cookie.PeerTieTag == _peerTag =>
                CookieAction.Restart,
            // C: a cookie of an earlier attempt.
            _ => CookieAction.Discard,
        };

    private void Adopt(in StateCookie cookie)
    {
        _localTag = cookie.LocalTag;
        _localTsn = cookie.LocalTsn;
        _peerTag = cookie.PeerTag;
        Start(cookie.LocalTsn, cookie.PeerTsn, cookie.PeerWindow, cookie.PeerInbound, cookie.Capabilities);
    }

    private void Start(Tsn localTsn, Tsn peerTsn, uint peerWindow, ushort peerInbound, PeerCapabilities capabilities)
    {
        _peerCapabilities = capabilities;
        OutboundStreams = peerInbound;
        _sender.Start(localTsn, Math.Max(peerWindow, SmallestPeerWindow), capabilities);
        _receiver.Start(peerTsn);
        _resets.Start(localTsn, peerTsn, capabilities);
    }

    /// <summary>A good cookie arrived: acknowledges it, and is established if it was not.</summary>
    private void Establish(SctpEventKind kind)
    {
        var isNews = !IsSynchronized || kind == SctpEventKind.Restarted;
        if (isNews)
        {
            State = SctpState.Established;
            _isEnded = false;
            ForgetHandshake();
            _events.Enqueue(new(kind));
        }

        _cookieAckDue = true;
    }

    private void HandleCookieAck()
    {
        if (State == SctpState.CookieEchoed)
        {
            State = SctpState.Established;
            ForgetHandshake();
            _events.Enqueue(new(SctpEventKind.Up));
        }
    }

    private void ReplyStaleCookie(in StateCookie cookie, MonotonicTime now)
    {
        var staleness = (now - cookie.MadeAt - _options.CookieLifetime).TotalMicroseconds;
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(value, (ushort)ErrorCause.StaleCookie);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], 8);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], (uint)Math.Min(staleness, uint.MaxValue));
        Reply(ChunkType.Error, 0, cookie.PeerTag, value);
    }

    /// <summary>A stale cookie means asking for a new one (RFC 9260 section 5.2.6); other reports change nothing.</summary>
    private PacketFault HandleError(Chunk chunk)
    {
        var reader = new ParameterReader(chunk.Value);
        while (!reader.IsAtEnd)
        {
            var fault = reader.TryRead(out var cause);
            if (fault != PacketFault.None)
            {
                return fault;
            }

            if ((ErrorCause)cause.Type == ErrorCause.StaleCookie && State == SctpState.CookieEchoed)
            {
                State = SctpState.CookieWait; // the attempts go on counting
                _peerTag = 0;
                _cookie = null;
                _isHandshakeDue = true;
            }
        }

        return PacketFault.None;
    }

    private InitOffer Offer(uint tag, Tsn tsn) =>
        new(tag, tsn, (uint)_options.ReceiveWindow, ushort.MaxValue, _options.ZeroChecksum);

    private uint NewTag()
    {
        var tag = RandomNumber();
        return tag == 0 ? 1 : tag; // zero is an INIT's
    }

    private uint RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _options.Random(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static ReadOnlySpan<byte> InvalidMandatoryParameter =>
        [0, (byte)ErrorCause.InvalidMandatoryParameter, 0, 4];

    private enum CookieAction
    {
        Discard,
        Acknowledge,
        Establish,
        Restart,
    }
}
