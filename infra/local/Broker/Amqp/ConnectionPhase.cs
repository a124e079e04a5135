namespace EventMeet.Broker.Amqp;

/// <summary>How far a connection has come.</summary>
internal enum ConnectionPhase
{
    /// <summary>The client's first header is awaited.</summary>
    Header,

    /// <summary>SASL's init is awaited.</summary>
    Sasl,

    /// <summary>SASL is done, the AMQP header is awaited.</summary>
    HeaderAfterSasl,

    /// <summary>The open is awaited.</summary>
    Opening,

    /// <summary>Both sides are open.</summary>
    Open,
}
