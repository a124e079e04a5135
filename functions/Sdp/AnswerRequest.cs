using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Everything an answer is computed from, chance aside.</summary>
/// <param name="Session">The session that the offer is for.</param>
/// <param name="Participant">Who offers, and what they may do.</param>
/// <param name="Use">Which endpoint took the offer.</param>
/// <param name="Addresses">Where the shard is reached, best first; at least one.</param>
/// <param name="Fingerprint">SHA-256 of the worker's certificate, upper-case hexadecimal without colons.</param>
/// <param name="Previous">The session's last answer; null for its first offer.</param>
internal sealed record AnswerRequest(
    SessionId Session,
    ParticipantSpec Participant,
    SessionUse Use,
    IReadOnlyList<MediaAddress> Addresses,
    string Fingerprint,
    PreviousAnswer? Previous
);

/// <summary>What a session is for, by the endpoint that took its offer.</summary>
internal enum SessionUse
{
    /// <summary>Sends and receives as it likes.</summary>
    Meet,

    /// <summary>WHIP: only sends (RFC 9725 section 4.2); what it offers to receive is declined.</summary>
    Publish,

    /// <summary>WHEP: only receives; what it offers to send is declined.</summary>
    Play,
}

/// <summary>A session's last answer, which the next one must continue.</summary>
/// <param name="Description">The answer.</param>
/// <param name="Peer">What the shard was told with it.</param>
internal sealed record PreviousAnswer(SdpDescription Description, PeerSpec Peer);

/// <summary>A computed answer.</summary>
/// <param name="Sdp">For the client.</param>
/// <param name="Peer">For the shard.</param>
internal sealed record Answer(string Sdp, PeerSpec Peer);
