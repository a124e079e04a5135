namespace EventMeet.Media.Stun;

/// <summary>Class and method as they stand in the header (RFC 8489 section 5); Binding is the only method served.</summary>
internal enum StunMessageType
{
    /// <summary>Asks for the reflexive address; as an ICE check (RFC 8445 section 7), also whether the path works.</summary>
    BindingRequest = 0x0001,

    /// <summary>Keeps a binding alive and wants no answer (RFC 8445 section 11).</summary>
    BindingIndication = 0x0011,

    /// <summary>The answer to a request that was accepted.</summary>
    BindingSuccess = 0x0101,

    /// <summary>The answer to a request that was refused.</summary>
    BindingError = 0x0111,
}
