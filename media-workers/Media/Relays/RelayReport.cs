namespace EventMeet.Media.Relays;

/// <summary>A relay is over.</summary>
/// <param name="Room">Whose tracks it sent.</param>
/// <param name="Relay">Which relay.</param>
/// <param name="End">Why.</param>
/// <param name="WasAnswered">False when the receiving end never answered.</param>
public sealed record RelayReport(string Room, string Relay, RelayEnd End, bool WasAnswered);
