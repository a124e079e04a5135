using Microsoft.Extensions.Logging;

namespace EventMeet.Contracts.Bus;

/// <summary>Keeps one connection to the broker: opens it when someone needs it, and again after every loss.</summary>
internal sealed class BusConnection : IAsyncDisposable
{
    private readonly BusConnectionOptions _options;
    private readonly IBusTokenSource? _tokens;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task<LiveConnection>? _opening;
    private LiveConnection? _live;
    private bool _disposed;

    internal BusConnection(BusConnectionOptions options, TimeProvider clock, ILogger logger)
    {
        _options = options;
        _clock = clock;
        _logger = logger;
        _tokens = TokensOf(options, clock);
    }

    internal BusConnectionOptions Options => _options;

    internal bool IsConnected => _live is { IsClosed: false };

    /// <summary>Gets the connection, waiting for it as long as the token allows.</summary>
    internal Task<LiveConnection> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_opening is null || (_opening.IsCompleted && !IsConnected))
            {
                _opening = Task.Run(() => ConnectAsync(_stopping.Token), CancellationToken.None);
            }

            return _opening.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task? opening;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            opening = _opening;
        }

        await _stopping.CancelAsync();
        if (opening is not null)
        {
            await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_live is { } live)
        {
            await live.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private static IBusTokenSource? TokensOf(BusConnectionOptions options, TimeProvider clock)
    {
        if (options.Authentication is BusAuthentication.Plain)
        {
            return options.SharedAccessKeyName is null || options.SharedAccessKey is null
                ? throw new ArgumentException("SASL PLAIN needs a shared access key.", nameof(options))
                : null;
        }

        return options.Tokens
            ?? (
                options is { SharedAccessKeyName: { } name, SharedAccessKey: { } key }
                    ? new SharedAccessTokens(name, key, clock)
                    : throw new ArgumentException(
                        "Either a shared access key or a token source is needed.",
                        nameof(options)
                    )
            );
    }

    private async Task<LiveConnection> ConnectAsync(CancellationToken stopping)
    {
        if (_live is { } old)
        {
            // It may be its session only that has ended.
            await old.DisposeAsync();
        }

        var backoff = new Backoff(_options.FirstRetry, _options.LongestRetry);
        while (true)
        {
            try
            {
                var live = await LiveConnection.OpenAsync(_options, _tokens, _clock, _logger, stopping);
                _live = live;
                _logger.Connected(_options);
                _ = live.Closed.ContinueWith(
                    closed => HandleLoss(closed.Result?.ToString()),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default
                );
                return live;
            }
            catch (BusException exception)
            {
                var wait = backoff.Next();
                _logger.NotConnected(_options, exception.Message, (long)wait.TotalMilliseconds);
                await Task.Delay(wait, _clock, stopping);
            }
        }
    }

    private void HandleLoss(string? error)
    {
        if (!_stopping.IsCancellationRequested)
        {
            _logger.ConnectionLost(_options, error ?? "closed");
        }
    }
}
