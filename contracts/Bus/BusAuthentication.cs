namespace EventMeet.Contracts.Bus;

/// <summary>How a client shows the broker who it is.</summary>
public enum BusAuthentication
{
    /// <summary>SASL ANONYMOUS, then a token for each entity over <c>$cbs</c>.</summary>
    ClaimsBased,

    /// <summary>SASL PLAIN with the key's name and the key: the whole connection has the key's rights.</summary>
    Plain,
}
