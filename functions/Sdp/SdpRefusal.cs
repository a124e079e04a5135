namespace EventMeet.Functions.Sdp;

/// <summary>Why an offer is not answered.</summary>
/// <param name="Kind">Which kind of "no".</param>
/// <param name="Line">The line that is to blame, from 1; 0 when it is the whole.</param>
/// <param name="Reason">A sentence for the client's developer.</param>
internal sealed record SdpRefusal(SdpRefusalKind Kind, int Line, string Reason)
{
    /// <summary>Gets the sentence with the line's number in front.</summary>
    public string Detail => Line > 0 ? $"Line {Line}: {Reason}" : Reason;
}

/// <summary>Which kind of "no" an offer got; each becomes one HTTP status.</summary>
internal enum SdpRefusalKind
{
    /// <summary>It is not a session description.</summary>
    Malformed,

    /// <summary>It is one, but asks for what is not served or breaks a rule that this service needs.</summary>
    Unusable,

    /// <summary>It asks for what the participant may not do.</summary>
    NotAllowed,
}
