using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>Both directions of stream reset (RFC 6525 sections 5.1 and 5.2); one request of each side at a time.</summary>
internal sealed class StreamResets(
    SctpOptions options,
    DataSender sender,
    DataReceiver receiver,
    Queue<SctpEvent> events
)
{
    private readonly List<ushort> _wanted = [];
    private readonly List<ushort> _requested = [];
    private bool _isRequestDue;
    private int _attempts;
    private uint _nextRequest;
    private uint _expectedRequest;
    private ReconfigResult _lastResult;
    private ReconfigResponse? _responseDue;
    private Tsn _deferredUntil;
    private ushort[]? _deferred; // streams of a request that waits for data
    private bool _peerCanReset;

    /// <summary>Gets when a request that was not answered is sent again.</summary>
    public MonotonicTime RetryAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets a value indicating whether the peer has stopped answering.</summary>
    public bool IsExhausted => _attempts > options.MaxRetransmissions;

    /// <summary>Begins an association; request numbers begin with the first TSNs (RFC 6525 section 3.1).</summary>
    public void Start(Tsn local, Tsn peer, PeerCapabilities capabilities)
    {
        _wanted.AddRange(_requested);
        _requested.Clear();
        _nextRequest = local.Value;
        _expectedRequest = peer.Value;
        _lastResult = ReconfigResult.BadSequenceNumber;
        _responseDue = null;
        _deferred = null;
        _attempts = 0;
        _isRequestDue = false;
        _peerCanReset = (capabilities & PeerCapabilities.StreamReset) != PeerCapabilities.None;
        RetryAt = MonotonicTime.Never;
    }

    /// <summary>Ends an association.</summary>
    public void Stop()
    {
        _wanted.Clear();
        Start(default, default, PeerCapabilities.None);
        _wanted.Clear();
    }

    /// <summary>Asks to reset a stream that we send on, once everything on it is acknowledged.</summary>
    public void Want(ushort streamId)
    {
        if (sender.Queue.Find(streamId) is { } stream)
        {
            stream.IsResetting = true;
        }

        // A peer that opens channels without end is not answered without end.
        if (_wanted.Count < options.MaxStreams && !_wanted.Contains(streamId) && !_requested.Contains(streamId))
        {
            _wanted.Add(streamId);
        }
    }

    /// <summary>Takes in a RE-CONFIG chunk.</summary>
    public PacketFault Handle(Chunk chunk)
    {
        var reader = new ParameterReader(chunk.Value);
        while (!reader.IsAtEnd)
        {
            var fault = reader.TryRead(out var parameter);
            fault = fault != PacketFault.None ? fault : HandleParameter(parameter);
            if (fault != PacketFault.None)
            {
                return fault;
            }
        }

        return PacketFault.None;
    }

    /// <summary>The cumulative TSN may have reached what a request waits for.</summary>
    public void HandleProgress()
    {
        if (_deferred is not { } streams || receiver.Cumulative < _deferredUntil)
        {
            return;
        }

        _deferred = null;
        foreach (var stream in streams)
        {
            ResetIncoming(stream);
        }

        Complete(ReconfigResult.Performed);
    }

    /// <summary>A request may have to be sent again.</summary>
    public void Advance(MonotonicTime now)
    {
        if (RetryAt > now)
        {
            return;
        }

        RetryAt = MonotonicTime.Never;
        _isRequestDue = true;
        _attempts++;
    }

    /// <summary>Writes what is due.</summary>
    public void Write(ref PacketWriter writer, MonotonicTime now)
    {
        if (_responseDue is { } response && writer.Room >= ReconfigResponse.ChunkValueLength)
        {
            response.Write(ref writer);
            _responseDue = null;
        }

        BeginRequest();
        if (_isRequestDue && writer.Room >= OutgoingResetRequest.LengthFor(_requested.Count))
        {
            OutgoingResetRequest.Write(ref writer, _nextRequest, _expectedRequest - 1, sender.LastAssigned, _requested);
            _isRequestDue = false;
            RetryAt = now + sender.Timeout.Current;
        }
    }

    private void BeginRequest()
    {
        if (_requested.Count > 0 || _wanted.Count == 0)
        {
            return;
        }

        var most = (options.Mtu / 2) - OutgoingResetRequest.LengthFor(0);
        for (var index = 0; index < _wanted.Count && _requested.Count < most; index++)
        {
            if (sender.Queue.IsDrained(_wanted[index], sender.Acknowledged))
            {
                _requested.Add(_wanted[index]);
            }
        }

        _ = _wanted.RemoveAll(_requested.Contains);
        if (_requested.Count > 0 && !_peerCanReset)
        {
            FinishRequest(); // nobody to ask: the stream is closed on our side alone
            return;
        }

        _isRequestDue = _requested.Count > 0;
    }

    private PacketFault HandleParameter(Parameter parameter)
    {
        switch (parameter.Type)
        {
            case ParameterType.OutgoingResetRequest:
                var fault = OutgoingResetRequest.TryParse(parameter, out var request);
                if (fault == PacketFault.None)
                {
                    HandleRequest(request);
                }

                return fault;
            case ParameterType.ReconfigResponse:
                fault = ReconfigResponse.TryParse(parameter, out var response);
                if (fault == PacketFault.None)
                {
                    HandleResponse(response);
                }

                return fault;
            default:
                return HandleOther(parameter);
        }
    }

    private void HandleRequest(in OutgoingResetRequest request)
    {
        if (!IsNextRequest(request.SequenceNumber))
        {
            return;
        }

        if (receiver.Cumulative < request.LastAssignedTsn)
        {
            Defer(request);
            _responseDue = new(request.SequenceNumber, ReconfigResult.InProgress);
            return;
        }

        _deferred = null;
        for (var index = 0; index < request.Streams; index++)
        {
            ResetIncoming(request.Stream(index));
        }

        if (request.Streams == 0)
        {
            receiver.ResetAllStreams();
            events.Enqueue(new(SctpEventKind.AllIncomingReset));
        }

        Complete(ReconfigResult.Performed);
    }

    /// <summary>Answers a request that was answered before, or is out of turn.</summary>
    private bool IsNextRequest(uint sequenceNumber)
    {
        if (sequenceNumber == _expectedRequest)
        {
            return true;
        }

        var isRepeated = sequenceNumber == _expectedRequest - 1;
        _responseDue = new(sequenceNumber, isRepeated ? _lastResult : ReconfigResult.BadSequenceNumber);
        return false;
    }

    private void Defer(in OutgoingResetRequest request)
    {
        if (_deferred is not null || request.Streams == 0)
        {
            return; // known already; or without names, which the peer's next try will find done or not
        }

        _deferredUntil = request.LastAssignedTsn;
        _deferred = new ushort[request.Streams];
        for (var index = 0; index < _deferred.Length; index++)
        {
            _deferred[index] = request.Stream(index);
        }
    }

    private void ResetIncoming(ushort streamId)
    {
        receiver.ResetStream(streamId);
        events.Enqueue(new(SctpEventKind.IncomingReset, streamId));
    }

    private void Complete(ReconfigResult result)
    {
        _responseDue = new(_expectedRequest, result);
        _lastResult = result;
        _expectedRequest++;
    }

    private void HandleResponse(ReconfigResponse response)
    {
        if (_requested.Count == 0 || response.SequenceNumber != _nextRequest)
        {
            return;
        }

        _attempts = 0;
        if (response.Result is ReconfigResult.InProgress or ReconfigResult.AlreadyInProgress)
        {
            return; // asked again when the timer expires (RFC 6525 section 5.2.7)
        }

        // A peer that refuses leaves nothing to try: our side has ended either way.
        _nextRequest++;
        FinishRequest();
    }

    private void FinishRequest()
    {
        foreach (var stream in _requested)
        {
            sender.Queue.Forget(stream);
            events.Enqueue(new(SctpEventKind.OutgoingReset, stream));
        }

        _requested.Clear();
        _isRequestDue = false;
        RetryAt = MonotonicTime.Never;
    }

    /// <summary>Requests that data channels have no use for are denied.</summary>
    private PacketFault HandleOther(Parameter parameter)
    {
        if (parameter.Value.Length < sizeof(uint))
        {
            return PacketFault.SctpMalformed;
        }

        var sequenceNumber = BinaryPrimitives.ReadUInt32BigEndian(parameter.Value);
        if (IsNextRequest(sequenceNumber))
        {
            Complete(ReconfigResult.Denied);
        }

        return PacketFault.None;
    }
}
