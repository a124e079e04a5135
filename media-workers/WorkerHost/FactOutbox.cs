using System.Threading.Channels;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace EventMeet.WorkerHost;

/// <summary>
/// Facts on their way to the functions: kept in order, sent in batches, kept while the bus is away. When more wait than
/// <see cref="Capacity"/>, the newest are counted as lost: by then the bus has been away for hours.
/// </summary>
public sealed class FactOutbox : BackgroundService
{
    private const int Capacity = 100_000;
    private const int MaxBatch = 100;
    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(2);

    private readonly Channel<BusMessage> _waiting = Channel.CreateBounded<BusMessage>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true }
    );

    // What is being sent; still here when stopping interrupts the sending. A second sending has the same ids.
    private readonly List<BusMessage> _batch = [];

    private readonly IMessageBus _bus;
    private readonly WorkerIdentity _identity;
    private readonly IdSource _ids;
    private readonly ILogger<FactOutbox> _logger;
    private readonly ResiliencePipeline _untilSent;

    /// <summary>Initializes a new instance of the <see cref="FactOutbox"/> class.</summary>
    public FactOutbox(
        IMessageBus bus,
        WorkerIdentity identity,
        IdSource ids,
        TimeProvider clock,
        ILogger<FactOutbox> logger
    )
    {
        (_bus, _identity, _ids, _logger) = (bus, identity, ids, logger);
        _untilSent = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = int.MaxValue,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = TimeSpan.FromMilliseconds(100),
                    MaxDelay = MaxRetryDelay,
                    UseJitter = true,
                    OnRetry = attempt =>
                    {
                        _logger.FactsWait(attempt.Outcome.Exception?.Message ?? "unknown", _waiting.Reader.Count);
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();
    }

    /// <summary>Puts a fact into the queue; never waits.</summary>
    /// <param name="fact">What became true.</param>
    public void Publish(WorkerEvent fact)
    {
        var message = new BusMessage(
            _ids.NewText("evt_"),
            MessageTypes.NameOf(fact),
            _identity.Source,
            fact.At,
            MessageTypes.Write(fact)
        )
        {
            Subject = (fact as RoomEvent)?.Room.Value,
        };
        if (!_waiting.Writer.TryWrite(message))
        {
            _logger.FactLost(message.Type);
        }
    }

    /// <summary>Sends what is still waiting, for at most the host's shutdown time.</summary>
    /// <param name="cancellationToken">The host's patience.</param>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        do
        {
            if (_batch.Count > 0)
            {
                await _bus.SendAsync(BusEntities.WorkerEvents, _batch, cancellationToken);
            }
        } while (TakeBatch());
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            _ = TakeBatch();
            await _untilSent.ExecuteAsync(
                async token => await _bus.SendAsync(BusEntities.WorkerEvents, _batch, token),
                stoppingToken
            );
            _batch.Clear();
        }
    }

    private bool TakeBatch()
    {
        _batch.Clear();
        while (_batch.Count < MaxBatch && _waiting.Reader.TryRead(out var message))
        {
            _batch.Add(message);
        }

        return _batch.Count > 0;
    }
}
