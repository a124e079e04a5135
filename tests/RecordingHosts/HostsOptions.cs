namespace EventMeet.RecordingHosts;

/// <summary>What <c>run</c> has started, and how to start the rest.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Storage">The recordings' storage account.</param>
/// <param name="Recorder">The recorder's program.</param>
/// <param name="Host">The network namespace of the recorders.</param>
/// <param name="Address">Where recorders are reached there.</param>
/// <param name="Work">A folder for logs and files.</param>
internal sealed record HostsOptions(
    string Bus,
    string Storage,
    string Recorder,
    string Host,
    string Address,
    string Work
)
{
    public static HostsOptions FromEnvironment() =>
        new(
            Read("HOSTS_BUS"),
            Read("HOSTS_STORAGE"),
            Read("HOSTS_RECORDER"),
            Read("HOSTS_RECORDER_HOST"),
            Read("HOSTS_RECORDER_ADDRESS"),
            Read("HOSTS_WORK")
        );

    private static string Read(string name) =>
        Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is missing: start tests/RecordingHosts/run.");
}
