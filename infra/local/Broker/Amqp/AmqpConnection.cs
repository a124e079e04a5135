using System.Buffers.Binary;
using EventMeet.Broker.Amqp.Links;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/*  AMQP 1.0 section 2.2:  "AMQP" | protocol id (8) 0 AMQP, 3 SASL | 1 | 0 | 0
    section 2.3:           | size (32) | data offset (8), words | type (8) 0 AMQP, 1 SASL | channel (16) | performative | payload |  */

/// <summary>
/// One client's connection: bytes in, bytes out, time as an argument; no socket. What a stranger sends either fits the
/// protocol or ends the connection with a reason.
/// </summary>
internal sealed class AmqpConnection
{
    internal const int HeaderLength = 8;
    private const int DataOffset = 2;
    private const int MinMaxFrame = 512;

    private readonly BrokerCore _broker;
    private readonly GrowingBuffer _input = new(4096);
    private readonly Dictionary<ushort, AmqpSession> _sessions = [];
    private readonly SaslNegotiation _sasl;
    private readonly DateTimeOffset _acceptedAt;
    private DateTimeOffset _now;
    private DateTimeOffset _lastReceived;
    private DateTimeOffset _lastSent;
    private ConnectionPhase _phase = ConnectionPhase.Header;
    private TimeSpan _remoteIdleTimeout;
    private bool _touched;

    internal AmqpConnection(BrokerCore broker, DateTimeOffset now)
    {
        _broker = broker;
        _acceptedAt = _now = _lastReceived = _lastSent = now;
        Writer = new AmqpWriter(Output);
        _sasl = new SaslNegotiation(broker.Verifier, Authorization);
    }

    /// <summary>Gets what is to be sent.</summary>
    internal GrowingBuffer Output { get; } = new(16 * 1024);

    internal AmqpWriter Writer { get; }

    internal BrokerCore Broker => _broker;

    internal Authorization Authorization { get; } = new();

    /// <summary>Gets or sets what is called, under the broker's lock, when there is something to send.</summary>
    internal Action? OutputReady { get; set; }

    /// <summary>Gets the links to which replies go, by their name and by their target's address.</summary>
    internal Dictionary<string, ReplyLink> ReplyLinks { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the largest frame that the client takes.</summary>
    internal int RemoteMaxFrame { get; private set; } = MinMaxFrame;

    internal int LinkCount { get; set; }

    internal string? ContainerId { get; private set; }

    /// <summary>Gets a value indicating whether the client reads too slowly to be given more.</summary>
    internal bool IsCongested => Output.Length > _broker.Limits.MaxOutputBytes;

    /// <summary>Gets why the connection is over, or null: once what is left to send is sent, the socket may close.</summary>
    internal string? EndReason { get; private set; }

    internal DateTimeOffset Now => _now;

    /// <summary>Takes bytes as they came.</summary>
    internal void HandleBytes(ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        _now = _lastReceived = now;
        _input.Write(bytes);
        var taken = 0;
        while (EndReason is null && TryStep(ref taken)) { }

        _input.Consume(EndReason is null ? taken : _input.Length);
        if (EndReason is not null)
        {
            Touch();
        }
    }

    /// <summary>The client takes more again.</summary>
    internal void HandleWritable(DateTimeOffset now)
    {
        _now = now;
        foreach (var session in _sessions.Values)
        {
            session.Resume();
        }

        _broker.Commit();
    }

    /// <summary>Does what is due: heartbeats, timeouts, tokens that have ended.</summary>
    internal void Advance(DateTimeOffset now)
    {
        _now = now;
        if (EndReason is not null)
        {
            return;
        }

        var limits = _broker.Limits;
        if (_phase is not ConnectionPhase.Open && now - _acceptedAt > limits.OpenTimeout)
        {
            Fail(AmqpError.ConnectionForced, "The connection was not opened in time.");
        }
        else if (!Authorization.IsKnown && now - _acceptedAt > limits.TokenTimeout)
        {
            Fail(AmqpError.Unauthorized, "No valid token was put in time.");
        }
        else if (now - _lastReceived > limits.IdleTimeout * 2)
        {
            Fail(AmqpError.ConnectionForced, "Nothing was heard for too long.");
        }
        else
        {
            foreach (var session in _sessions.Values)
            {
                session.EndUnauthorized(now);
            }

            if (_remoteIdleTimeout > TimeSpan.Zero && now - _lastSent > _remoteIdleTimeout / 2)
            {
                EndFrame(BeginFrame(0, 0));
            }
        }
    }

    /// <summary>The socket is gone: what the client held is there for others.</summary>
    internal void HandleDisconnected(DateTimeOffset now)
    {
        _now = now;
        EndReason ??= "disconnected";
        EndSessions(disconnected: true);
    }

    /// <summary>Ends the connection with a reason that the client is told.</summary>
    internal void Fail(string condition, string description)
    {
        if (EndReason is not null)
        {
            return;
        }

        FlushDispositions();
        if (_phase is ConnectionPhase.Open)
        {
            WriteClose(new AmqpError(condition, description));
        }

        EndReason = description;
        Touch();
        EndSessions(disconnected: false);
    }

    /// <summary>Begins a frame; its length is filled in by <see cref="EndFrame"/>.</summary>
    internal int BeginFrame(byte type, ushort channel)
    {
        var start = Output.Length;
        var header = Output.Reserve(HeaderLength);
        header[4] = DataOffset;
        header[5] = type;
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], channel);
        return start;
    }

    internal void EndFrame(int start)
    {
        BinaryPrimitives.WriteInt32BigEndian(Output.At(start, 4), Output.Length - start);
        _lastSent = _now;
        Touch();
    }

    /// <summary>Something is there to be sent, or will be once settlements are flushed.</summary>
    internal void Touch()
    {
        if (!_touched)
        {
            _touched = true;
            _broker.Touched.Add(this);
        }
    }

    internal void ReleaseOutput()
    {
        FlushDispositions();
        _touched = false;
        OutputReady?.Invoke();
    }

    /// <summary>Writes the settlements that were gathered; called before the output is taken.</summary>
    internal void FlushDispositions()
    {
        foreach (var session in _sessions.Values)
        {
            session.FlushDispositions();
        }
    }

    internal void Remove(AmqpSession session) => _sessions.Remove(session.Channel);

    private bool TryStep(ref int taken)
    {
        var rest = _input.Written[taken..];
        if (_phase is ConnectionPhase.Header or ConnectionPhase.HeaderAfterSasl)
        {
            return TryHeader(rest, ref taken);
        }

        if (rest.Length < 4)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (size < HeaderLength || size > _broker.Limits.MaxFrameBytes)
        {
            Fail(AmqpError.FramingError, "A frame of an impossible size.");
            return false;
        }

        if (rest.Length < size)
        {
            return false;
        }

        taken += (int)size;
        HandleFrame(rest[..(int)size]);
        _broker.Commit();
        return true;
    }

    private bool TryHeader(ReadOnlySpan<byte> rest, ref int taken)
    {
        var expected = "AMQP"u8;
        var compared = Math.Min(rest.Length, expected.Length);
        if (!rest[..compared].SequenceEqual(expected[..compared]))
        {
            EndReason = "no AMQP header";
            return false;
        }

        if (rest.Length < HeaderLength)
        {
            return false;
        }

        taken += HeaderLength;
        var id = rest[4];
        var known =
            rest[5] == 1 && rest[6] == 0 && rest[7] == 0 && (id == 0 || (id == 3 && _phase is ConnectionPhase.Header));
        if (!known)
        {
            // Section 2.2: answer with what is supported, then close.
            WriteHeader(3);
            EndReason = "another protocol version";
            return false;
        }

        // A header is written only once the client's is here: some clients cannot take it together with SASL's outcome.
        WriteHeader(id);
        if (id == 3)
        {
            _phase = ConnectionPhase.Sasl;
            var frame = BeginFrame(1, 0);
            SaslNegotiation.WriteMechanisms(Writer);
            EndFrame(frame);
        }
        else
        {
            _phase = ConnectionPhase.Opening;
        }

        return true;
    }

    private void WriteHeader(byte id)
    {
        Output.Write([(byte)'A', (byte)'M', (byte)'Q', (byte)'P', id, 1, 0, 0]);
        Touch();
    }

    private void HandleFrame(ReadOnlySpan<byte> frame)
    {
        var offset = frame[4] * 4;
        var type = frame[5];
        if (offset < HeaderLength || offset > frame.Length || type != (_phase is ConnectionPhase.Sasl ? 1 : 0))
        {
            Fail(AmqpError.FramingError, "A frame that does not fit.");
            return;
        }

        var body = frame[offset..];
        if (body.IsEmpty)
        {
            return;
        }

        var reader = new AmqpReader(body);
        if (!reader.TryDescriptor(out var descriptor))
        {
            Fail(AmqpError.DecodeError, "A frame without a performative.");
            return;
        }

        var fields = body[reader.Position..];
        var channel = BinaryPrimitives.ReadUInt16BigEndian(frame[6..]);
        switch (_phase)
        {
            case ConnectionPhase.Sasl:
                HandleSasl(descriptor, fields);
                break;
            case ConnectionPhase.Opening:
                HandleOpen(descriptor, fields);
                break;
            default:
                HandlePerformative(descriptor, channel, fields);
                break;
        }
    }

    private void HandleSasl(ulong descriptor, ReadOnlySpan<byte> fields)
    {
        if (descriptor != Descriptors.SaslInit)
        {
            EndReason = "no SASL init";
            return;
        }

        var frame = BeginFrame(1, 0);
        var accepted = _sasl.HandleInit(new AmqpReader(fields), Writer);
        EndFrame(frame);
        _phase = ConnectionPhase.HeaderAfterSasl;
        if (!accepted)
        {
            EndReason = "SASL refused";
        }
    }

    private void HandleOpen(ulong descriptor, ReadOnlySpan<byte> fields)
    {
        if (descriptor != Descriptors.Open || !Open.TryRead(new AmqpReader(fields), out var open))
        {
            EndReason = "no open";
            return;
        }

        if (open.MaxFrameSize < MinMaxFrame)
        {
            EndReason = "a frame size below 512";
            return;
        }

        var limits = _broker.Limits;
        ContainerId = open.ContainerId;
        RemoteMaxFrame = (int)Math.Min(open.MaxFrameSize, (uint)limits.MaxFrameBytes);
        _remoteIdleTimeout = TimeSpan.FromMilliseconds(open.IdleTimeOutMilliseconds);
        _phase = ConnectionPhase.Open;
        var frame = BeginFrame(0, 0);
        new Open(
            "eventmeet-broker",
            (uint)limits.MaxFrameBytes,
            (ushort)(limits.MaxSessions - 1),
            (uint)limits.IdleTimeout.TotalMilliseconds
        ).Write(Writer);
        EndFrame(frame);
    }

    private void HandlePerformative(ulong descriptor, ushort channel, ReadOnlySpan<byte> fields)
    {
        if (descriptor == Descriptors.Close)
        {
            FlushDispositions();
            WriteClose(null);
            EndReason = "closed";
            EndSessions(disconnected: false);
        }
        else if (descriptor == Descriptors.Begin)
        {
            HandleBegin(channel, fields);
        }
        else if (!_sessions.TryGetValue(channel, out var session))
        {
            Fail(AmqpError.NotAllowed, "A frame on a channel without a session.");
        }
        else if (!session.TryHandle(descriptor, fields))
        {
            Fail(AmqpError.DecodeError, "A performative that cannot be read.");
        }
    }

    private void HandleBegin(ushort channel, ReadOnlySpan<byte> fields)
    {
        if (
            !Begin.TryRead(new AmqpReader(fields), out var begin)
            || _sessions.ContainsKey(channel)
            || channel >= _broker.Limits.MaxSessions
        )
        {
            Fail(AmqpError.NotAllowed, "A session that cannot begin.");
            return;
        }

        var session = new AmqpSession(this, channel, begin);
        _sessions.Add(channel, session);
        session.WriteBegin();
    }

    private void WriteClose(AmqpError? error)
    {
        var frame = BeginFrame(0, 0);
        Writer.BeginList(Descriptors.Close);
        Writer.Value(error?.ToValue());
        Writer.EndList();
        EndFrame(frame);
    }

    private void EndSessions(bool disconnected)
    {
        foreach (var session in _sessions.Values)
        {
            session.HandleEnded(disconnected);
        }

        _sessions.Clear();
        ReplyLinks.Clear();
        _broker.Commit();
    }
}
