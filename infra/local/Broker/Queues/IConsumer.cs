namespace EventMeet.Broker.Queues;

/// <summary>Someone who receives: a link in life, a list in tests.</summary>
internal interface IConsumer
{
    /// <summary>Gets a value indicating whether it can take a message now.</summary>
    bool HasCredit { get; }

    /// <summary>Gets a value indicating whether a message that it was given is done with (receive-and-delete).</summary>
    bool SettlesOnArrival { get; }

    /// <summary>Gives it a message, locked for it unless it settles on arrival.</summary>
    void Deliver(StoredMessage message);

    /// <summary>It waited for any session and has this one now.</summary>
    void HandleSession(string sessionId, DateTimeOffset lockedUntil);

    /// <summary>It waited for any session and there was none in time.</summary>
    void HandleNoSession();

    /// <summary>Its session's lock has expired: it gets nothing any more.</summary>
    void HandleSessionLost();
}
