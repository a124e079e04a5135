namespace EventMeet.Broker.Amqp;

/// <summary>What one connection may use, and until when.</summary>
internal sealed class Authorization
{
    // A client puts a token per entity; more than this is no client.
    private const int MaxPaths = 256;
    private readonly Dictionary<string, DateTimeOffset> _paths = new(StringComparer.OrdinalIgnoreCase);
    private bool _everything;

    /// <summary>Gets a value indicating whether the client has ever shown who it is.</summary>
    internal bool IsKnown => _everything || _paths.Count > 0;

    internal void AllowEverything() => _everything = true;

    internal bool TryAllow(string path, DateTimeOffset until)
    {
        if (_paths.Count >= MaxPaths && !_paths.ContainsKey(path))
        {
            return false;
        }

        _paths[path] = until;
        return true;
    }

    /// <summary>Says whether an address, or something above it, is allowed.</summary>
    internal bool Allows(string address, DateTimeOffset now)
    {
        if (_everything)
        {
            return true;
        }

        for (var end = address.Length; ; end = address.LastIndexOf('/', end - 1))
        {
            if (_paths.TryGetValue(end <= 0 ? "" : address[..end], out var until) && until > now)
            {
                return true;
            }

            if (end <= 0)
            {
                return false;
            }
        }
    }
}
