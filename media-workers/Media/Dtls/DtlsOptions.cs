namespace EventMeet.Media.Dtls;

/// <summary>The bounds of an association.</summary>
internal sealed record DtlsOptions
{
    /// <summary>The defaults.</summary>
    public static readonly DtlsOptions Default = new();

    /// <summary>Gets how long a handshake may take from its first record.</summary>
    // Nine transmissions of a flight fit: with a third of all datagrams lost one handshake in 10,000 fails.
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the longest datagram that is sent, in bytes.</summary>
    // The smallest MTU of IPv6, 1280 bytes, less IP, UDP and a TURN channel; also what libwebrtc uses.
    public int Mtu { get; init; } = 1200;

    /// <summary>Gets how many bytes of decrypted data wait for their taker.</summary>
    public int MaxReceivedLength { get; init; } = 65_536;

    /// <summary>Gets how many bytes of datagrams wait to be sent.</summary>
    public int MaxOutboundLength { get; init; } = 65_536;
}
