using System.Net;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Hosting;

/// <summary>
/// Answers the Functions host's own calls: POST /FunctionName. Only the host may make them, and it is the only one that
/// can: this process listens on the loopback address, the host hands on requests to public routes alone, and no public
/// route starts with a function's name (a test holds that). As a second lock, a call that carries a proxy's headers is
/// refused: the host sets none on its own calls.
/// </summary>
internal sealed partial class TriggerPipeline(IServiceProvider services, ILogger<TriggerPipeline> logger)
{
    // 100 messages of a batch, base64 and metadata included.
    private const int MaxBody = 32 * 1024 * 1024;

    // A 2xx without a JSON object leaves the call hanging in the host.
    private static readonly byte[] Done = """{"Outputs":{},"Logs":[],"ReturnValue":null}"""u8.ToArray();

    private static readonly HttpMethodDefinition Limits = new(
        "POST",
        Access.Anonymous,
        _ => throw new NotSupportedException()
    )
    {
        Accepts = ["application/json"],
        MaxBody = MaxBody,
    };

    /// <summary>Runs one trigger call.</summary>
    public async Task RunAsync(HttpContext context, FunctionDefinition function)
    {
        var reply = await AnswerAsync(context, function, context.RequestAborted);
        await HttpPipeline.WriteAsync(context, reply);
    }

    private async Task<Reply> AnswerAsync(
        HttpContext context,
        FunctionDefinition function,
        CancellationToken cancellationToken
    )
    {
        if (!IsFromHost(context))
        {
            return Reply.Refused(Refusal.NotFound);
        }

        var (refused, body) = await BodyReader.ReadAsync(context.Request, Limits, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        try
        {
            return await RunAsync(function, body, cancellationToken)
                ? new Reply(StatusCodes.Status200OK, "application/json", Done)
                : Reply.Refused(
                    Refusal.MalformedRequest,
                    "This is not what the Functions host posts for this trigger."
                );
        }
        catch (StorageUnavailableException e)
        {
            TriggerFailed(logger, function.Name, e);
            return Reply.Refused(Refusal.StorageUnavailable);
        }
        catch (Exception e) when (IsOurFault(e, function))
        {
            // The host gives the messages back; they come again, and in the end go to the dead-letter queue.
            return Reply.Refused(Refusal.InternalError);
        }
    }

    private async Task<bool> RunAsync(
        FunctionDefinition function,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        switch (function)
        {
            case TimerFunction timer when TriggerPayload.ReadTick(body.Span) is { } tick:
                await timer.Handler(services)(tick, cancellationToken);
                return true;
            case QueueFunction queue when TriggerPayload.ReadMessages(body.Span) is { } messages:
                await queue.Handler(services)(messages, cancellationToken);
                return true;
            default:
                return false;
        }
    }

    private static bool IsFromHost(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address)
        && !Callers.IsProxied(context);

    private bool IsOurFault(Exception e, FunctionDefinition function)
    {
        TriggerFailed(logger, function.Name, e);
        return true;
    }

    [LoggerMessage(2004, LogLevel.Error, "{Function} failed")]
    private static partial void TriggerFailed(ILogger logger, string function, Exception e);
}
