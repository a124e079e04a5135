using System.Text.Json;

namespace EventMeet.Testing.Peers;

/// <summary>Reads what the server said.</summary>
internal static class InCallReading
{
    /// <summary>Reads a member that is text; null when it is absent.</summary>
    public static string? Text(this JsonElement message, string member) =>
        message.TryGetProperty(member, out var value) ? value.GetString() : null;

    /// <summary>What each slot carries by all that the page was told: mid to participant, or null.</summary>
    public static IReadOnlyDictionary<string, string?> CarriedNow(this VirtualPeer peer)
    {
        var carried = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var message in peer.InCall.Messages)
        {
            if (message.TryGetProperty("slots", out var slots))
            {
                foreach (var slot in slots.EnumerateArray())
                {
                    carried[slot.Text("mid")!] = slot.Text("participant");
                }
            }
        }

        return carried;
    }
}
