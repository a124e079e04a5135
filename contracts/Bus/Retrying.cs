namespace EventMeet.Contracts.Bus;

/// <summary>Repeats what failed for a reason that passes, until it works or the time is over.</summary>
internal static class Retrying
{
    internal static async Task<T> RunAsync<T>(
        BusConnectionOptions options,
        TimeProvider clock,
        Func<BusException?, CancellationToken, Task<T>> attempt,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = clock.CreateTimer(
            _ => limit.Cancel(),
            null,
            options.OperationTimeout,
            Timeout.InfiniteTimeSpan
        );
        var backoff = new Backoff(options.FirstRetry, options.LongestRetry);
        BusException? last = null;
        try
        {
            while (true)
            {
                try
                {
                    return await attempt(last, limit.Token);
                }
                catch (BusException exception) when (exception.IsTransient)
                {
                    last = exception;
                    await Task.Delay(backoff.Next(), clock, limit.Token);
                }
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BusException(
                BusFailure.Unavailable,
                $"The bus at {options} did not do it within {options.OperationTimeout.TotalSeconds:0} s: {last?.Message ?? "not connected"}",
                last ?? (Exception)exception
            );
        }
    }
}
