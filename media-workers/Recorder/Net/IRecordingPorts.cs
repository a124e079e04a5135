using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using EventMeet.Media.Values;
using EventMeet.Recorder.Recordings;

namespace EventMeet.Recorder.Net;

/// <summary>Gives recordings their ports.</summary>
internal interface IRecordingPorts
{
    /// <summary>Opens a port for a recording; from here on the session belongs to the port's thread.</summary>
    /// <param name="session">The recording.</param>
    /// <param name="changed">Called from that thread when the session's state has changed; must not wait.</param>
    /// <exception cref="System.Net.Sockets.SocketException">There is no port left.</exception>
    IRecordingPort Open(RecordingSession session, Action changed);
}

/// <summary>Where one recording's relay arrives. Its methods may be called from any thread.</summary>
internal interface IRecordingPort
{
    /// <summary>Gets where it is reached; all have the same port.</summary>
    IReadOnlyList<RelayAddress> Addresses { get; }

    /// <summary>Lets a relay in, in place of an earlier one.</summary>
    Task FeedAsync(RelayReceiverParameters relay);

    /// <summary>Asks the session something, between two of its inputs.</summary>
    Task<T> AskAsync<T>(Func<RecordingSession, MonotonicTime, T> question);

    /// <summary>Says goodbye to the relay, finishes the session and closes the port; the session is the caller's then. Asked again, does nothing.</summary>
    Task CloseAsync();
}
