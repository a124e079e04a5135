using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>What a sending end must know of a relay.</summary>
/// <param name="Id">The relay's id; opaque.</param>
/// <param name="Keys">Both directions' keys.</param>
/// <param name="Addresses">Where the receiving end may be reached, best first; 1 to 8.</param>
/// <param name="Filter">Which tracks are sent.</param>
/// <param name="Notice">What participants are told; null for a relay that records nothing.</param>
/// <param name="Paused">Nothing is sent until told otherwise.</param>
public sealed record RelayParameters(
    string Id,
    RelayKeys Keys,
    IReadOnlyList<TransportAddress> Addresses,
    RelayFilter Filter,
    RelayNotice? Notice,
    bool Paused
);

/// <summary>Which tracks of a room go over a relay.</summary>
/// <param name="Include">Identities whose tracks are wanted; null for everybody's.</param>
/// <param name="Exclude">Identities whose tracks are not wanted; stronger than <paramref name="Include"/>.</param>
/// <param name="AudioOnly">No pictures.</param>
public sealed record RelayFilter(IReadOnlyList<string>? Include, IReadOnlyList<string>? Exclude, bool AudioOnly)
{
    /// <summary>Everything.</summary>
    public static readonly RelayFilter All = new(null, null, AudioOnly: false);

    /// <summary>Does a track go over the relay?</summary>
    public bool Lets(string identity, MediaKind kind) =>
        (Include is null || Include.Contains(identity, StringComparer.Ordinal))
        && (Exclude is null || !Exclude.Contains(identity, StringComparer.Ordinal))
        && (kind is MediaKind.Audio || !AudioOnly);
}

/// <summary>What participants are told of a recording.</summary>
/// <param name="Recording">The recording's id.</param>
/// <param name="StartedBy">Who started it, in words for people; null when the room did by itself.</param>
public sealed record RelayNotice(string Recording, string? StartedBy);

/// <summary>What a receiving end must know of a relay.</summary>
/// <param name="Id">The relay's id; opaque.</param>
/// <param name="Keys">Both directions' keys.</param>
public sealed record RelayReceiverParameters(string Id, RelayKeys Keys);
