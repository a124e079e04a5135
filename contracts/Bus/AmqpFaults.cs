using System.IO;
using System.Net.Sockets;
using System.Security.Authentication;
using Amqp;
using Amqp.Framing;

namespace EventMeet.Contracts.Bus;

/// <summary>What AMQP's and Service Bus's error conditions mean to a caller.</summary>
internal static class AmqpFaults
{
    internal static BusException ToException(Error? error, string doing) =>
        error is null
            ? new BusException(BusFailure.Unavailable, $"The connection ended while {doing}.")
            : new BusException(
                Classify(error.Condition?.ToString() ?? ""),
                $"The broker answered {error.Condition} while {doing}: {error.Description}"
            );

    internal static BusException ToException(int statusCode, string? condition, string? description, string doing)
    {
        var failure = condition is { Length: > 0 } ? Classify(condition) : ClassifyStatus(statusCode);
        return new BusException(failure, $"The broker answered {statusCode} {condition} while {doing}: {description}");
    }

    internal static BusException ToException(Exception exception, string doing) =>
        exception switch
        {
            BusException already => already,
            AmqpException { Error: { } error } => ToException(error, doing),
            AuthenticationException => new BusException(
                BusFailure.Unauthorized,
                $"The broker's certificate was refused while {doing}.",
                exception
            ),
            _ => new BusException(BusFailure.Unavailable, $"{exception.Message} ({doing})", exception),
        };

    /// <summary>Says whether an exception is one that AMQPNetLite throws when a connection or link is gone.</summary>
    internal static bool IsExpected(Exception exception) =>
        exception
            is AmqpException
                or BusException
                or SocketException
                or IOException
                or ObjectDisposedException
                or AuthenticationException
                or TimeoutException
                or InvalidOperationException
                or OperationCanceledException;

    private static BusFailure Classify(string condition) =>
        condition switch
        {
            "com.microsoft:server-busy" => BusFailure.Busy,
            "amqp:not-found" or "com.microsoft:message-not-found" => BusFailure.NotFound,
            "amqp:unauthorized-access" or "com.microsoft:auth-failed" => BusFailure.Unauthorized,
            "amqp:resource-limit-exceeded" or "amqp:link:message-size-exceeded" => BusFailure.LimitExceeded,
            "com.microsoft:message-lock-lost" or "com.microsoft:session-lock-lost" => BusFailure.LockLost,
            "com.microsoft:session-cannot-be-locked" => BusFailure.SessionTaken,
            "com.microsoft:timeout"
            or "amqp:internal-error"
            or "amqp:illegal-state"
            or "amqp:link:detach-forced"
            or "amqp:link:stolen"
            or "amqp:link:transfer-limit-exceeded"
            or "amqp:connection:forced"
            or "amqp:connection:framing-error"
            or "amqp:session:window-violation" => BusFailure.Unavailable,
            _ => BusFailure.Refused,
        };

    private static BusFailure ClassifyStatus(int statusCode) =>
        statusCode switch
        {
            401 or 403 => BusFailure.Unauthorized,
            404 => BusFailure.NotFound,
            410 => BusFailure.LockLost,
            408 or 500 => BusFailure.Unavailable,
            503 => BusFailure.Busy,
            _ => BusFailure.Refused,
        };
}
