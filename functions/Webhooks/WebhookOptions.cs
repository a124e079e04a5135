namespace EventMeet.Functions.Webhooks;

/// <summary>Settings "Webhooks".</summary>
internal sealed class WebhookOptions
{
    /// <summary>
    /// Gets or sets whether endpoints may be on this machine, and plain HTTP there: for one machine only, where whoever has
    /// an API key may reach everything that listens on it.
    /// </summary>
    public bool AllowLoopback { get; set; }
}
