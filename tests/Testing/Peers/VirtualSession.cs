using EventMeet.Media.Dtls;
using EventMeet.Media.Ice;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>What both ends have agreed on for one synthetic participant: what an offer and its answer say together.</summary>
/// <param name="Local">The participant's ICE credentials.</param>
/// <param name="Remote">The server's.</param>
/// <param name="Server">The candidate to use.</param>
/// <param name="Fingerprint">What the server's certificate must be.</param>
/// <param name="Media">The audio and video m-lines.</param>
internal sealed record VirtualSession(
    IceCredentials Local,
    IceCredentials Remote,
    TransportAddress Server,
    DtlsFingerprint Fingerprint,
    IReadOnlyList<VirtualMedia> Media
);
