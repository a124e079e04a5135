using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/// <summary>AMQP 1.0 section 2.8.14, with Service Bus's conditions.</summary>
internal sealed record AmqpError(string Condition, string? Description)
{
    internal const string NotFound = "amqp:not-found";
    internal const string NotAllowed = "amqp:not-allowed";
    internal const string NotImplemented = "amqp:not-implemented";
    internal const string InvalidField = "amqp:invalid-field";
    internal const string DecodeError = "amqp:decode-error";
    internal const string Unauthorized = "amqp:unauthorized-access";
    internal const string LimitExceeded = "amqp:resource-limit-exceeded";
    internal const string MessageSizeExceeded = "amqp:link:message-size-exceeded";
    internal const string TransferLimitExceeded = "amqp:link:transfer-limit-exceeded";
    internal const string ConnectionForced = "amqp:connection:forced";
    internal const string FramingError = "amqp:connection:framing-error";
    internal const string HandleInUse = "amqp:session:handle-in-use";
    internal const string UnattachedHandle = "amqp:session:unattached-handle";
    internal const string WindowViolation = "amqp:session:window-violation";
    internal const string Timeout = "com.microsoft:timeout";
    internal const string MessageLockLost = "com.microsoft:message-lock-lost";
    internal const string SessionLockLost = "com.microsoft:session-lock-lost";
    internal const string SessionCannotBeLocked = "com.microsoft:session-cannot-be-locked";
    internal const string MessageNotFound = "com.microsoft:message-not-found";

    /// <summary>Gets more about it: for a rejection the reason, the description and properties to set.</summary>
    internal AmqpMap? Info { get; init; }

    internal static AmqpError? From(object? value) =>
        value is Described described
        && Descriptors.Of(described) == Descriptors.Error
        && described.Value is object?[] { Length: > 0 } fields
            ? new AmqpError(fields[0]?.ToString() ?? "", fields.Length > 1 ? fields[1] as string : null)
            {
                Info = fields.Length > 2 ? fields[2] as AmqpMap : null,
            }
            : null;

    internal Described ToValue() => new(Descriptors.Error, new object?[] { new Symbol(Condition), Description });
}
