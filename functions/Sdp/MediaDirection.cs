namespace EventMeet.Functions.Sdp;

/// <summary>Which way media flows, as its writer sees it (RFC 8866 section 6.7).</summary>
/// <param name="Sends">The writer sends.</param>
/// <param name="Receives">The writer receives.</param>
internal readonly record struct MediaDirection(bool Sends, bool Receives)
{
    /// <summary>Gets the direction as the other side sees it.</summary>
    public MediaDirection Mirrored => new(Receives, Sends);

    /// <summary>Reads a direction's name; null when the text is none.</summary>
    public static MediaDirection? Parse(string text) =>
        text switch
        {
            "sendrecv" => new(Sends: true, Receives: true),
            "sendonly" => new(Sends: true, Receives: false),
            "recvonly" => new(Sends: false, Receives: true),
            "inactive" => new(Sends: false, Receives: false),
            _ => null,
        };

    /// <summary>Gets the name of the direction.</summary>
    public override string ToString() =>
        (Sends, Receives) switch
        {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        };
}
