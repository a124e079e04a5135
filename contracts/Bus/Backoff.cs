using System.Security.Cryptography;

namespace EventMeet.Contracts.Bus;

/// <summary>Waits that double up to a limit; each is drawn from its upper half so that clients do not come back in step.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private readonly TimeSpan _first = first;
    private TimeSpan _next = first;

    internal void Reset() => _next = _first;

    internal TimeSpan Next()
    {
        var wait = _next;
        _next = wait + wait > longest ? longest : wait + wait;
        var halfMilliseconds = Math.Max(1, (int)(wait.TotalMilliseconds / 2));
        return TimeSpan.FromMilliseconds(halfMilliseconds + RandomNumberGenerator.GetInt32(halfMilliseconds + 1));
    }
}
