namespace EventMeet.Media.Dtls;

/// <summary>Where an association stands.</summary>
internal enum DtlsState
{
    /// <summary>Nothing was received or sent.</summary>
    New,

    /// <summary>The handshake is on.</summary>
    Handshaking,

    /// <summary>The keys are agreed and the peer is who the SDP says.</summary>
    Connected,

    /// <summary>The handshake failed, took too long, or the peer sent a fatal alert.</summary>
    Failed,

    /// <summary>Either end closed it.</summary>
    Closed,
}

/// <summary>What moves a <see cref="DtlsState"/>.</summary>
internal enum DtlsInput
{
    /// <summary>The first record came or went.</summary>
    Begun,

    /// <summary>Both Finished messages were verified.</summary>
    HandshakeDone,

    /// <summary>OpenSSL gave up, or the handshake's deadline passed.</summary>
    Broken,

    /// <summary>close_notify was received or is sent.</summary>
    CloseNotify,
}

/// <summary>The machine; the table is the specification.</summary>
internal static class DtlsStateMachine
{
    /// <summary>The state after an input.</summary>
    public static DtlsState Next(DtlsState state, DtlsInput input) =>
        (state, input) switch
        {
            (DtlsState.Failed or DtlsState.Closed, _) => state,
            (_, DtlsInput.Broken) => DtlsState.Failed,
            (_, DtlsInput.CloseNotify) => DtlsState.Closed,
            (DtlsState.New, DtlsInput.Begun) => DtlsState.Handshaking,
            (DtlsState.Handshaking, DtlsInput.HandshakeDone) => DtlsState.Connected,
            _ => state,
        };
}
