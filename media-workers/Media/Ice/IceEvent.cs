using EventMeet.Media.Values;

namespace EventMeet.Media.Ice;

/// <summary>What an agent tells its owner.</summary>
/// <param name="Kind">Which of the others mean something.</param>
/// <param name="Address">An address of the peer.</param>
/// <param name="State">The new state.</param>
/// <param name="Ufrag">A local ufrag.</param>
internal readonly record struct IceEvent(
    IceEventKind Kind,
    TransportAddress Address = default,
    IceState State = default,
    string? Ufrag = null
);

/// <summary>What kind of <see cref="IceEvent"/> it is, and which of its fields mean something.</summary>
internal enum IceEventKind
{
    /// <summary><see cref="IceEvent.Address"/> is validated: datagrams from it are this peer's.</summary>
    AddressValidated,

    /// <summary><see cref="IceEvent.Address"/> is this peer's no longer.</summary>
    AddressForgotten,

    /// <summary>Send to <see cref="IceEvent.Address"/> from now on.</summary>
    SelectedChanged,

    /// <summary>The agent is in <see cref="IceEvent.State"/>.</summary>
    StateChanged,

    /// <summary>The local ufrag <see cref="IceEvent.Ufrag"/> is honoured no longer.</summary>
    CredentialsRetired,
}
