namespace EventMeet.Media.Dtls;

/// <summary>Which end of the handshake (RFC 8842 section 5.3: setup:passive is the server).</summary>
internal enum DtlsRole
{
    /// <summary>Waits for the ClientHello.</summary>
    Server,

    /// <summary>Sends the ClientHello.</summary>
    Client,
}
