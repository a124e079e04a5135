using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Hosting;

/// <summary>Settings "Hosting".</summary>
internal sealed class HostingOptions
{
    /// <summary>
    /// Gets or sets how the outside reaches this API, e.g. https://meet.example.com. Without it the forwarded or the plain
    /// Host header is believed.
    /// </summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>Gets or sets the meeting page, to which join links lead. Without it: the public URL and "/".</summary>
    public Uri? MeetingPage { get; set; }

    /// <summary>Gets or sets which origins' pages may call participant routes; "*" for all.</summary>
    public IList<string> AllowedOrigins { get; set; } = [];

    /// <summary>Gets or sets how long a request may take.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(25);
}

/// <summary>Refuses settings that cannot work, at start.</summary>
internal sealed class HostingOptionsValidator : IValidateOptions<HostingOptions>
{
    // The front end gives up after 230 s.
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(200);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, HostingOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        if (options.RequestTimeout < TimeSpan.FromSeconds(1) || options.RequestTimeout > MostPatience)
        {
            result.AddError("must be 1 s to 200 s", nameof(options.RequestTimeout));
        }

        if (options.PublicUrl is { } url && !IsWeb(url))
        {
            result.AddError("must be an http or https URL", nameof(options.PublicUrl));
        }

        if (options.MeetingPage is { } page && !IsWeb(page))
        {
            result.AddError("must be an http or https URL", nameof(options.MeetingPage));
        }

        return result.Build();
    }

    private static bool IsWeb(Uri url) => url is { IsAbsoluteUri: true, Scheme: "http" or "https" };
}
