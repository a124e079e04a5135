using Microsoft.Extensions.Options;

namespace EventMeet.FunctionsHost;

/// <summary>What the host is told at start: settings <c>Host:…</c>.</summary>
internal sealed class HostSettings
{
    /// <summary>Gets or sets the app's folder: host.json, a folder with function.json per function, the executable.</summary>
    public string App { get; set; } = "";

    /// <summary>Gets or sets the port on which the API and the pages are served.</summary>
    public int Port { get; set; } = 7071;

    /// <summary>Gets or sets the address to listen on.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Gets or sets the folder with the web pages; empty to serve none.</summary>
    public string Web { get; set; } = "";

    /// <summary>Gets or sets where the handler's process id is written; empty to write none.</summary>
    public string HandlerPidFile { get; set; } = "";
}

/// <summary>Checks <see cref="HostSettings"/> at start.</summary>
internal sealed class HostSettingsValidator : IValidateOptions<HostSettings>
{
    public ValidateOptionsResult Validate(string? name, HostSettings options)
    {
        var errors = new ValidateOptionsResultBuilder();
        if (!File.Exists(Path.Combine(options.App, "host.json")))
        {
            errors.AddError($"names a folder without a host.json: \"{options.App}\"", "Host:App");
        }

        if (options.Port is < 0 or > ushort.MaxValue)
        {
            errors.AddError("must be 0 to 65535", "Host:Port");
        }

        if (options.Web.Length > 0 && !Directory.Exists(options.Web))
        {
            errors.AddError($"names a folder that is not there: \"{options.Web}\"", "Host:Web");
        }

        return errors.Build();
    }
}
