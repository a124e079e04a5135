using System.Net;
using Microsoft.Extensions.Options;

namespace EventMeet.Recorder;

/// <summary>Where a recorder listens, and how much it takes on: settings <c>Recorder:…</c>.</summary>
internal sealed class RecorderOptions
{
    /// <summary>Gets or sets the address that relays' sockets bind to; "::" takes IPv4 and IPv6.</summary>
    public string BindAddress { get; set; } = "0.0.0.0";

    /// <summary>Gets or sets the first UDP port for relays, one per recording; 0 lets the system choose.</summary>
    public int FirstPort { get; set; }

    /// <summary>Gets or sets the last one.</summary>
    public int LastPort { get; set; }

    /// <summary>
    /// Gets or sets the addresses that SFU workers are told, separated by commas, 8 at most. Empty: those of this machine's
    /// interfaces, loopback only if there is no other.
    /// </summary>
    public string Addresses { get; set; } = "";

    /// <summary>Gets or sets how many threads take media in; 0 means one per core.</summary>
    public int Threads { get; set; }

    /// <summary>Gets or sets how many recordings are made at once at most, 0 to 200; 0 takes none.</summary>
    public int MaxRecordings { get; set; } = 100;

    /// <summary>Gets or sets from how many tracks on no further recording is taken.</summary>
    public int MaxTracks { get; set; } = 1000;

    /// <summary>Gets or sets the share of all cores, 0.05 to 1, from which on nothing further is taken; 1 for whatever the load.</summary>
    public double MaxCpu { get; set; } = 0.75;

    /// <summary>Gets or sets how many composites are made at once; 0 means one per two cores, -1 none.</summary>
    public int MaxComposites { get; set; }

    /// <summary>Gets or sets where on the local disk files lie while they are verified or composed.</summary>
    public string WorkFolder { get; set; } = Path.Combine(Path.GetTempPath(), "eventmeet-recorder-work");

    /// <summary>Gets or sets how many bytes may lie there.</summary>
    public long WorkBound { get; set; } = 64L << 30;

    /// <summary>Gets or sets how long a recording goes without media before it fails, 5 s to 1 h.</summary>
    public TimeSpan RelayPatience { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the announced addresses as addresses.</summary>
    /// <exception cref="FormatException">One of them is none.</exception>
    internal IReadOnlyList<IPAddress> ParseAddresses() => [.. SplitAddresses().Select(IPAddress.Parse)];

    internal string[] SplitAddresses() =>
        Addresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Checks <see cref="RecorderOptions"/> at start.</summary>
internal sealed class RecorderOptionsValidator : IValidateOptions<RecorderOptions>
{
    // Each takes a link of the bus's one session, which has 255 with Service Bus.
    private const int MostRecordings = 200;
    private const int MostAddresses = 8;
    private const int MostThreads = 128;

    public ValidateOptionsResult Validate(string? name, RecorderOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        Check(errors, IPAddress.TryParse(options.BindAddress, out _), "BindAddress", "must be an IP address");
        Check(errors, options.FirstPort is >= 0 and <= ushort.MaxValue, "FirstPort", "must be 0 to 65535");
        Check(
            errors,
            options.FirstPort == 0
                || (
                    options.LastPort <= ushort.MaxValue
                    && options.LastPort - options.FirstPort + 1 >= options.MaxRecordings
                ),
            "LastPort",
            "must leave a port for each of MaxRecordings, up to 65535"
        );
        var addresses = options.SplitAddresses();
        Check(
            errors,
            addresses.Length <= MostAddresses && addresses.All(address => IPAddress.TryParse(address, out _)),
            "Addresses",
            $"must be at most {MostAddresses} IP addresses separated by commas"
        );
        Check(errors, options.Threads is >= 0 and <= MostThreads, "Threads", $"must be 0 to {MostThreads}");
        Check(
            errors,
            options.MaxRecordings is >= 0 and <= MostRecordings,
            "MaxRecordings",
            $"must be 0 to {MostRecordings}"
        );
        Check(errors, options.MaxTracks >= 1, "MaxTracks", "must be at least 1");
        Check(errors, options.MaxCpu is >= 0.05 and <= 1, "MaxCpu", "must be 0.05 to 1");
        Check(
            errors,
            options.MaxComposites is >= -1 and <= MostThreads,
            "MaxComposites",
            $"must be -1 to {MostThreads}"
        );
        Check(errors, options.WorkFolder.Length > 0, "WorkFolder", "must not be empty");
        Check(errors, options.WorkBound >= 1 << 20, "WorkBound", "must be at least 1 MiB");
        Check(
            errors,
            options.RelayPatience >= TimeSpan.FromSeconds(5) && options.RelayPatience <= TimeSpan.FromHours(1),
            "RelayPatience",
            "must be 5 s to 1 h"
        );
        return errors.Build();
    }

    private static void Check(ValidateOptionsResultBuilder errors, bool holds, string name, string rule)
    {
        if (!holds)
        {
            errors.AddError(rule, $"Recorder:{name}");
        }
    }
}
