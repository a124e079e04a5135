namespace EventMeet.Media.Ice;

/// <summary>Where a peer's path stands, as a lite agent sees it.</summary>
internal enum IceState
{
    /// <summary>No check has come.</summary>
    New,

    /// <summary>Checks came; none nominated an address. Media may already be sent (RFC 8445 section 12.1).</summary>
    Validated,

    /// <summary>An address is selected and its checks keep coming.</summary>
    Connected,

    /// <summary>The selected address has been quiet; media may stop. A check brings it back.</summary>
    Disconnected,

    /// <summary>Consent has expired, or none ever came (RFC 7675 section 5.1). Only a restart revives it.</summary>
    Failed,
}

/// <summary>What moves an <see cref="IceState"/>.</summary>
internal enum IceInput
{
    /// <summary>A valid check from the selected address; before a nomination from any.</summary>
    Check,

    /// <summary>A valid check with USE-CANDIDATE.</summary>
    Nomination,

    /// <summary>No check from the selected address for the quiet time.</summary>
    QuietExpired,

    /// <summary>No check for as long as consent lasts.</summary>
    ConsentExpired,

    /// <summary>New credentials were agreed.</summary>
    Restart,
}

/// <summary>The machine; the table is the specification.</summary>
internal static class IceStateMachine
{
    /// <summary>The state after an input.</summary>
    public static IceState Next(IceState state, IceInput input) =>
        (state, input) switch
        {
            (IceState.Failed, IceInput.Restart) => IceState.New,
            (IceState.Failed, _) => IceState.Failed,
            (_, IceInput.ConsentExpired) => IceState.Failed,
            (_, IceInput.Nomination) => IceState.Connected,
            (IceState.New, IceInput.Check) => IceState.Validated,
            (IceState.Disconnected, IceInput.Check) => IceState.Connected,
            (IceState.Connected, IceInput.QuietExpired) => IceState.Disconnected,
            _ => state,
        };
}
