using Microsoft.Extensions.Logging;

namespace EventMeet.Contracts.Bus;

/// <summary>Keeps one audience authorized on one connection: puts a new token when two thirds of the old one's life are over.</summary>
internal sealed class TokenKeeper(
    string audience,
    IBusTokenSource tokens,
    Func<string, BusToken, CancellationToken, Task> put,
    TimeProvider clock,
    ILogger logger
) : ISharedLink
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private DateTimeOffset _renewAt;

    public bool IsClosed => Renewal.IsCompleted;

    /// <summary>Gets what ends with the connection.</summary>
    internal Task Renewal { get; private set; } = Task.CompletedTask;

    internal async Task PutAsync(CancellationToken cancellationToken)
    {
        var token = await tokens.GetTokenAsync(audience, cancellationToken);
        await put(audience, token, cancellationToken);
        var now = clock.GetUtcNow();
        _renewAt = now + ((token.ExpiresAt - now) * 2 / 3);
    }

    internal void Start(CancellationToken ended) => Renewal = Task.Run(() => RenewAsync(ended), CancellationToken.None);

    private async Task RenewAsync(CancellationToken ended)
    {
        var backoff = new Backoff(ShortestWait, TimeSpan.FromSeconds(30));
        var wait = _renewAt - clock.GetUtcNow();
        try
        {
            while (true)
            {
                await Task.Delay(wait > ShortestWait ? wait : ShortestWait, clock, ended);
                try
                {
                    await PutAsync(ended);
                    backoff.Reset();
                    wait = _renewAt - clock.GetUtcNow();
                }
                catch (Exception exception) when (!ended.IsCancellationRequested)
                {
                    // A token source of another library may throw anything; the links stay until the old token ends.
                    wait = backoff.Next();
                    logger.NoToken(audience, exception.Message, (long)wait.TotalMilliseconds);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The connection has ended, and its tokens with it.
        }
    }
}
