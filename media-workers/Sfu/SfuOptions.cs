using System.Net;
using EventMeet.Media;
using Microsoft.Extensions.Options;

namespace EventMeet.Sfu;

/// <summary>Where an SFU worker listens and how it is reached: settings <c>Sfu:…</c>.</summary>
internal sealed class SfuOptions
{
    /// <summary>Gets or sets how many shards to run; 0 means one per core.</summary>
    public int Shards { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether each shard's thread is kept on one of the CPUs that the process may use. Worth it on a machine that does
    /// nothing else; elsewhere a thread is better moved away from a busy CPU.
    /// </summary>
    public bool PinShards { get; set; }

    /// <summary>Gets or sets the address the shards bind to; "::" takes IPv4 and IPv6.</summary>
    public string BindAddress { get; set; } = "0.0.0.0";

    /// <summary>Gets or sets the first shard's port, UDP and TCP; the others follow on. 0 lets the system choose.</summary>
    public int Port { get; set; } = 40000;

    /// <summary>Gets or sets a value indicating whether ICE-TCP is offered (RFC 6544).</summary>
    public bool Tcp { get; set; } = true;

    /// <summary>
    /// Gets or sets the addresses announced to browsers, separated by commas. Empty: those of this machine's interfaces
    /// and what STUN or the metadata service say.
    /// </summary>
    public string PublicAddresses { get; set; } = "";

    /// <summary>Gets or sets a STUN server, "host:port", that tells each shard its public address; empty for none.</summary>
    public string StunServer { get; set; } = "";

    /// <summary>Gets or sets a value indicating whether Azure's instance metadata service is asked for public addresses.</summary>
    public bool AzureMetadata { get; set; }

    /// <summary>
    /// Gets or sets the most bytes of RTP padding that make a picture's packets equal, so that they leave with one system
    /// call; 0 for none, at most 255.
    /// </summary>
    public int MaxPadding { get; set; } = new ForwardingOptions().MaxPadding;

    /// <summary>
    /// Gets or sets how many milliseconds a picture's first packets wait for its last one, 0 to 20; 0 forwards each as it
    /// comes.
    /// </summary>
    public int GatherMilliseconds { get; set; } = (int)new ForwardingOptions().LongestGathering.TotalMilliseconds;

    /// <summary>
    /// Gets or sets how many microseconds lie between the turns of a busy shard, 0 to 5000; 0 never rests. A shard is busy
    /// from 1000 turns a second on.
    /// </summary>
    public int TurnMicroseconds { get; set; } = 1500;

    /// <summary>Gets what lies between the turns of a busy shard.</summary>
    internal TimeSpan TurnSpacing => TimeSpan.FromMicroseconds(TurnMicroseconds);

    /// <summary>Gets how packets become trains.</summary>
    internal ForwardingOptions Forwarding =>
        new() { MaxPadding = MaxPadding, LongestGathering = TimeSpan.FromMilliseconds(GatherMilliseconds) };

    /// <summary>Gets the announced addresses as addresses.</summary>
    /// <exception cref="FormatException">One of them is none.</exception>
    internal IReadOnlyList<IPAddress> ParsePublicAddresses() =>
        [
            .. PublicAddresses
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(IPAddress.Parse),
        ];
}

/// <summary>Checks <see cref="SfuOptions"/> at start.</summary>
internal sealed class SfuOptionsValidator : IValidateOptions<SfuOptions>
{
    private const int MaxShards = 128;

    // Longer than that is a delay that people notice.
    private const int MaxGatherMilliseconds = 20;

    private const int MaxTurnMicroseconds = 5000;

    public ValidateOptionsResult Validate(string? name, SfuOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        if (options.Shards is < 0 or > MaxShards)
        {
            errors.AddError($"must be 0 to {MaxShards}", "Sfu:Shards");
        }

        if (options.Port is < 0 or > ushort.MaxValue - MaxShards)
        {
            errors.AddError($"must be 0 to {ushort.MaxValue - MaxShards}", "Sfu:Port");
        }

        if (options.MaxPadding is < 0 or > byte.MaxValue)
        {
            errors.AddError($"must be 0 to {byte.MaxValue}", "Sfu:MaxPadding");
        }

        if (options.GatherMilliseconds is < 0 or > MaxGatherMilliseconds)
        {
            errors.AddError($"must be 0 to {MaxGatherMilliseconds}", "Sfu:GatherMilliseconds");
        }

        if (options.TurnMicroseconds is < 0 or > MaxTurnMicroseconds)
        {
            errors.AddError($"must be 0 to {MaxTurnMicroseconds}", "Sfu:TurnMicroseconds");
        }

        if (!IPAddress.TryParse(options.BindAddress, out _))
        {
            errors.AddError("must be an IP address", "Sfu:BindAddress");
        }

        var addresses = options.PublicAddresses.Split(
            ',',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );
        if (!addresses.All(address => IPAddress.TryParse(address, out _)))
        {
            errors.AddError("must be IP addresses separated by commas", "Sfu:PublicAddresses");
        }

        return errors.Build();
    }
}
