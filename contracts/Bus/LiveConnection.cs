using System.Net.Sockets;
using Amqp;
using Amqp.Framing;
using Amqp.Handler;
using Amqp.Sasl;
using Amqp.Types;
using Microsoft.Extensions.Logging;

namespace EventMeet.Contracts.Bus;

/// <summary>One connection from its opening to its end, with the links and tokens that live and die with it.</summary>
internal sealed class LiveConnection : IAsyncDisposable
{
    private const string CbsNode = "$cbs";

    private readonly BusConnectionOptions _options;
    private readonly IBusTokenSource? _tokens;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Connection _connection;
    private readonly Session _session;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<Error?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LinkCache<EntitySender> _senders;
    private readonly LinkCache<RequestLink> _requests;
    private readonly LinkCache<TokenKeeper> _keepers;

    private LiveConnection(
        BusConnectionOptions options,
        IBusTokenSource? tokens,
        TimeProvider clock,
        ILogger logger,
        Connection connection
    )
    {
        _options = options;
        _tokens = tokens;
        _clock = clock;
        _logger = logger;
        _connection = connection;
        _session = new Session(connection);
        _senders = new LinkCache<EntitySender>(entity => OpenAsync(entity, EntitySender.OpenAsync));
        _requests = new LinkCache<RequestLink>(node => OpenAsync(node, RequestLink.OpenAsync));
        _keepers = new LinkCache<TokenKeeper>(AuthorizeAsync);
        _connection.AddClosedCallback((_, error) => HandleClosed(error));
        _session.AddClosedCallback((_, error) => HandleClosed(error));
    }

    /// <summary>Gets what ends with the connection: the broker's error, or null.</summary>
    internal Task<Error?> Closed => _closed.Task;

    internal bool IsClosed => _closed.Task.IsCompleted;

    internal Session Session => _session;

    internal static async Task<LiveConnection> OpenAsync(
        BusConnectionOptions options,
        IBusTokenSource? tokens,
        TimeProvider clock,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var plain = options.Authentication is BusAuthentication.Plain;
        var factory = new ConnectionFactory();
        factory.TCP.NoDelay = true;
        factory.AMQP.HostName = options.Host;
        factory.AMQP.ContainerId = LinkNames.New(Environment.MachineName);

        // Twice the silence that is asked of the broker; a dead path is noticed within a minute even if no FIN came.
        factory.AMQP.IdleTimeout = 60_000;
        factory.SASL.Profile = plain ? null : SaslProfile.Anonymous;
        var address = new Address(
            options.Host,
            options.Port,
            plain ? options.SharedAccessKeyName : null,
            plain ? options.SharedAccessKey : null,
            "/",
            options.UseTls ? "AMQPS" : "AMQP"
        );

        // The library's token covers the TCP connection only: a peer that accepts and stays silent is cut off here.
        using var socket = new SocketWatch();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = clock.CreateTimer(_ => limit.Cancel(), null, options.OpenTimeout, Timeout.InfiniteTimeSpan);
        await using var cut = limit.Token.Register(socket.Cut);
        try
        {
            var connection = await factory.CreateAsync(address, limit.Token, socket).WaitAsync(limit.Token);
            socket.Keep();
            return new LiveConnection(options, tokens, clock, logger, connection);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BusException(BusFailure.Unavailable, "The broker did not answer in time.", exception);
        }
        catch (Exception exception)
            when (AmqpFaults.IsExpected(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw AmqpFaults.ToException(exception, "connecting");
        }
    }

    internal Task<EntitySender> SenderAsync(string entity, CancellationToken cancellationToken) =>
        _senders.GetAsync(entity, cancellationToken);

    internal Task<RequestLink> ManagementAsync(string entity, CancellationToken cancellationToken) =>
        _requests.GetAsync(entity + "/$management", cancellationToken);

    /// <summary>Puts a token for an entity, and keeps putting new ones, unless the whole connection is authorized.</summary>
    internal async Task AuthorizeAsync(string entity, CancellationToken cancellationToken)
    {
        if (_tokens is not null)
        {
            await _keepers.GetAsync(AudienceOf(entity), cancellationToken);
        }
    }

    /// <summary>Opens something on this connection within the time allowed for it.</summary>
    internal async Task<T> WithinOpenTimeoutAsync<T>(Func<CancellationToken, Task<T>> open)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        using var timer = _clock.CreateTimer(_ => limit.Cancel(), null, _options.OpenTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            return await open(limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new BusException(BusFailure.Unavailable, "The broker did not open a link in time.", exception);
        }
        catch (Exception exception) when (AmqpFaults.IsExpected(exception))
        {
            throw AmqpFaults.ToException(exception, "opening a link");
        }
    }

    public async ValueTask DisposeAsync()
    {
        HandleClosed(null);
        try
        {
            await _connection.CloseAsync(TimeSpan.FromSeconds(2), null);
        }
        catch (Exception exception) when (AmqpFaults.IsExpected(exception))
        {
            // It was gone already, or the broker is: closing is a courtesy.
        }

        _ended.Dispose();
    }

    private string AudienceOf(string entity)
    {
        var end = entity.IndexOf("/$", StringComparison.Ordinal);
        return $"sb://{_options.Host}/{(end < 0 ? entity : entity[..end])}";
    }

    private Task<T> OpenAsync<T>(string node, Func<Session, string, CancellationToken, Task<T>> open) =>
        WithinOpenTimeoutAsync(async limit =>
        {
            if (!node.Equals(CbsNode, StringComparison.Ordinal))
            {
                await AuthorizeAsync(node, limit);
            }

            return await open(_session, node, limit);
        });

    private async Task<TokenKeeper> AuthorizeAsync(string audience)
    {
        var keeper = new TokenKeeper(audience, _tokens!, PutTokenAsync, _clock, _logger);
        await WithinOpenTimeoutAsync(async limit =>
        {
            await keeper.PutAsync(limit);
            return keeper;
        });
        keeper.Start(_ended.Token);
        return keeper;
    }

    private async Task PutTokenAsync(string audience, BusToken token, CancellationToken cancellationToken)
    {
        var cbs = await _requests.GetAsync(CbsNode, cancellationToken);
        var request = new Message
        {
            ApplicationProperties = new ApplicationProperties
            {
                ["operation"] = "put-token",
                ["type"] = token.Type,
                ["name"] = audience,
            },
            BodySection = new AmqpValue { Value = token.Value },
        };
        RequestLink.ThrowIfFailed(await cbs.CallAsync(request, cancellationToken), $"putting a token for {audience}");
    }

    private void HandleClosed(Error? error)
    {
        if (_closed.TrySetResult(error))
        {
            _ended.Cancel();
        }
    }

    /// <summary>Holds the socket while a connection is being made, so that a silent peer can be cut off.</summary>
    private sealed class SocketWatch : IHandler, IDisposable
    {
        private Socket? _socket;

        public bool CanHandle(Amqp.Handler.EventId id) => id is Amqp.Handler.EventId.SocketConnect;

        public void Handle(Event protocolEvent) => _socket = protocolEvent.Context as Socket;

        public void Dispose() => Cut();

        internal void Keep() => _socket = null;

        internal void Cut() => Interlocked.Exchange(ref _socket, null)?.Dispose();
    }
}
