using Azure;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace EventMeet.Recorder.Storage;

/// <summary>
/// How requests to storage are repeated: until patience ends, whatever the reason. A refused credential or a missing role is
/// often put right by somebody within minutes, and a recording cannot be made again.
/// </summary>
internal static class StorageRetries
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    // What waits for storage is lost with its recorder: once storage is back, it shall be there within about a second.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>Builds the pipeline for one file.</summary>
    public static ResiliencePipeline Build(StorageOptions options, TimeProvider clock, ILogger logger, string name) =>
        new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddTimeout(options.Patience)
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<Exception>(IsTransient),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = FirstDelay,
                    MaxDelay = LongestDelay,
                    // The timeout around it is the limit.
                    MaxRetryAttempts = int.MaxValue,
                    OnRetry = attempt =>
                    {
                        logger.Repeats(name, attempt.AttemptNumber + 1, attempt.Outcome.Exception!.Message);
                        return default;
                    },
                }
            )
            .AddTimeout(options.AttemptTimeout)
            .Build();

    /// <summary>Can it be another time?</summary>
    public static bool IsTransient(Exception exception) =>
        exception
            is RequestFailedException
                or TimeoutRejectedException
                or IOException
                or HttpRequestException
                or AggregateException
                or Azure.Identity.AuthenticationFailedException;
}
