namespace EventMeet.Media.Ice;

/// <summary>How long a lite agent waits, and how many addresses it keeps.</summary>
internal sealed record IceLiteOptions
{
    /// <summary>The defaults.</summary>
    public static readonly IceLiteOptions Default = new();

    /// <summary>Gets how long to wait for the first check.</summary>
    // A page may ask for the camera between the answer and its first check; 30 s is what libwebrtc gives up after.
    public TimeSpan FirstCheckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets after how long without a check the selected address counts as quiet.</summary>
    // Chromium checks the selected pair every 2.5 s, Firefox and Pion every 4 to 6 s (RFC 7675 section 5.1): two checks
    // of the slowest may be lost. A client notices a dead path by itself within 5 s, having no answers.
    public TimeSpan QuietTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets after how long without a check consent has expired: 30 s in RFC 7675 section 5.1.</summary>
    public TimeSpan ConsentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how many validated addresses are kept; the longest quiet one makes room.</summary>
    // A client has a pair per local interface and protocol, seldom more than four, and a rebinding NAT adds some.
    public int MaxAddresses { get; init; } = 8;
}
