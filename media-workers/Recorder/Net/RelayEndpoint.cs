using EventMeet.Contracts;
using EventMeet.Media;
using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Recorder.Recordings;
using EventMeet.Sockets;

namespace EventMeet.Recorder.Net;

/// <summary>One recording on its loop's thread: a socket, the relay that arrives there, the session that it feeds.</summary>
/// <param name="socket">The socket; becomes the endpoint's own.</param>
/// <param name="session">The recording.</param>
/// <param name="changed">Called when the session's state has changed.</param>
internal sealed class RelayEndpoint(UdpPort socket, RecordingSession session, Action changed) : IDisposable
{
    // More than this many batches at once would keep other recordings waiting.
    private const int MaxBatches = 4;

    private RelayReceiver? _relay;
    private string? _lastRelay;
    private SessionState _state = session.State;

    /// <summary>Gets the descriptor to wait for.</summary>
    public int Descriptor => socket.Descriptor;

    /// <summary>Gets the UDP port.</summary>
    public int Port => socket.Port;

    /// <summary>Gets the recording.</summary>
    public RecordingSession Session => session;

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout { get; private set; }

    /// <summary>Gets how many bytes have arrived.</summary>
    public long ReceivedBytes { get; private set; }

    /// <summary>
    /// Lets another relay in. The one that is here already stays (the answer to a question that was asked twice), and one that
    /// has ended never comes again: its keys would be used twice for the same nonces.
    /// </summary>
    public void Feed(RelayReceiverParameters parameters, MonotonicTime now)
    {
        if (string.Equals(_lastRelay, parameters.Id, StringComparison.Ordinal))
        {
            return;
        }

        CloseRelay(now);
        _lastRelay = parameters.Id;
        _relay = new(parameters, now);
        session.HandleRelay(now);
        Settle(now);
    }

    /// <summary>Takes what has arrived.</summary>
    public void Receive(MonotonicTime now)
    {
        session.HandleTime(now);
        for (var batch = 0; batch < MaxBatches; batch++)
        {
            var count = socket.Receive();
            for (var position = 0; position < count; position++)
            {
                var datagram = socket.Received(position, out var remote);
                ReceivedBytes += datagram.Length;
                if (_relay is null)
                {
                    continue;
                }

                _ = _relay.HandleDatagram(datagram, remote, now, session);
                Send();
            }

            if (count < UdpPort.ReceiveBatch)
            {
                break;
            }
        }

        Settle(now);
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        session.HandleTime(now);
        _relay?.Advance(now, session);
        session.Advance(now);
        Settle(now);
    }

    /// <summary>Says goodbye and finishes the session.</summary>
    public void Close(MonotonicTime now)
    {
        CloseRelay(now);
        session.Finish(now);
    }

    public void Dispose()
    {
        _relay?.Dispose();
        socket.Dispose();
    }

    private void CloseRelay(MonotonicTime now)
    {
        _relay?.Close(now);
        Send();
        _relay?.Dispose();
        _relay = null;
    }

    private void Settle(MonotonicTime now)
    {
        while (session.TryTakeKeyFrameRequest(out var track))
        {
            _relay?.RequestKeyFrame(track.Value);
        }

        Send();
        if (_relay is { HasEnded: true })
        {
            session.HandleCutOff(now, new RelayId(_relay.Id));
        }

        NextTimeout = MonotonicTime.Soonest(session.NextTimeout, _relay?.NextTimeout ?? MonotonicTime.Never);
        if (!ReferenceEquals(_state, session.State))
        {
            _state = session.State;
            changed();
        }
    }

    private void Send()
    {
        while (_relay is not null && _relay.TryTakeTransmit(out var transmit))
        {
            socket.Send(transmit);
        }
    }
}
