namespace EventMeet.Contracts.Bus;

/// <summary>Opens each link once, however many want it at the same time, and again when it has closed.</summary>
internal sealed class LinkCache<T>(Func<string, Task<T>> open)
    where T : class, ISharedLink
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<T>> _links = new(StringComparer.Ordinal);

    internal Task<T> GetAsync(string name, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_links.TryGetValue(name, out var link) || IsDead(link))
            {
                _links[name] = link = open(name);
            }

            return link.WaitAsync(cancellationToken);
        }
    }

    private static bool IsDead(Task<T> link) =>
        link.IsFaulted || link.IsCanceled || (link.IsCompletedSuccessfully && link.Result.IsClosed);
}
