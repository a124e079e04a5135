using System.Globalization;
using EventMeet.Broker.Amqp.Links;
using EventMeet.Broker.Amqp.Messages;
using EventMeet.Broker.Amqp.Types;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary>An entity's <c>$management</c>: what does not fit into links.</summary>
/// <param name="queue">The entity itself; null for a topic, which can only schedule.</param>
/// <param name="targets">Where scheduled messages go.</param>
internal sealed class ManagementNode(MessageQueue? queue, IReadOnlyList<MessageQueue> targets) : RequestNode
{
    private const int MaxItems = 1000;
    private const int MaxReplyBytes = 768 * 1024;

    public override bool NeedsToken => true;

    protected override ReplyMessage Answer(AmqpConnection connection, RequestMessage request)
    {
        var body = request.Body as AmqpMap ?? [];
        var now = connection.Now;
        return (request.Properties["operation"] as string, queue) switch
        {
            ("com.microsoft:schedule-message", _) => Schedule(body, connection.Broker.Limits, now),
            ("com.microsoft:cancel-scheduled-message", _) => CancelScheduled(body),
            (_, null) => NotImplemented(),
            ("com.microsoft:renew-lock", { } q) => RenewLocks(q, body, now),
            ("com.microsoft:peek-message", { } q) => Peek(q, body),
            ("com.microsoft:receive-by-sequence-number", { } q) => ReceiveDeferred(q, body, now),
            ("com.microsoft:update-disposition", { } q) => Settle(q, body, now),
            ("com.microsoft:renew-session-lock", { } q) => RenewSession(q, body, now),
            ("com.microsoft:set-session-state", { } q) => SetState(q, body, connection.Broker.Limits),
            ("com.microsoft:get-session-state", { } q) => GetState(q, body),
            ("com.microsoft:get-message-sessions", { } q) => ListSessions(q, body),
            _ => NotImplemented(),
        };
    }

    private static ReplyMessage NotImplemented() =>
        new(501, "The operation is not known here.") { Condition = AmqpError.NotImplemented };

    private ReplyMessage Schedule(AmqpMap body, BrokerLimits limits, DateTimeOffset now)
    {
        if (body["messages"] is not object?[] { Length: > 0 and <= MaxItems } entries)
        {
            return ReplyMessage.Bad("messages is missing, empty or too long.");
        }

        var messages = new List<NewMessage>(entries.Length);
        foreach (var entry in entries)
        {
            if (
                entry is not AmqpMap map
                || map["message"] is not byte[] encoded
                || encoded.Length > limits.MaxMessageBytes
            )
            {
                return ReplyMessage.Bad("A message is missing or too large.");
            }

            if (!EntityNode.TryRead(encoded, messages))
            {
                return ReplyMessage.Bad("A message cannot be read.");
            }
        }

        var numbers = new List<long>(messages.Count);
        var error = EntityNode.Publish(targets, messages, now, numbers);
        return error is null
            ? ReplyMessage.Ok(new AmqpMap { { "sequence-numbers", AmqpArray.Of(numbers.Take(messages.Count)) } })
            : ReplyMessage.Failed(error);
    }

    private ReplyMessage CancelScheduled(AmqpMap body)
    {
        if (Items<long>(body["sequence-numbers"]) is not { } numbers)
        {
            return ReplyMessage.Bad("sequence-numbers is missing or too long.");
        }

        var found = true;
        foreach (var number in numbers)
        {
            found &= targets.Aggregate(false, (any, target) => target.CancelScheduled(number) || any);
        }

        return found ? ReplyMessage.Ok() : NotFound();
    }

    private static ReplyMessage RenewLocks(MessageQueue queue, AmqpMap body, DateTimeOffset now)
    {
        if (Items<Guid>(body["lock-tokens"]) is not { } lockTokens)
        {
            return ReplyMessage.Bad("lock-tokens is missing or too long.");
        }

        if (!lockTokens.All(queue.Holds))
        {
            return ReplyMessage.Lost(AmqpError.MessageLockLost);
        }

        var expirations = lockTokens.Select(lockToken => Timestamp.From(queue.Renew(lockToken, now)!.Value));
        return ReplyMessage.Ok(new AmqpMap { { "expirations", AmqpArray.Of(expirations) } });
    }

    private static ReplyMessage Peek(MessageQueue queue, AmqpMap body)
    {
        var from = Number(body["from-sequence-number"]) ?? 0;
        var count = (int)Math.Clamp(Number(body["message-count"]) ?? 1, 0, MaxItems);
        var entries = new List<object?>();
        var bytes = 0;
        foreach (var message in queue.Peek(from, count, body["session-id"] as string))
        {
            var encoded = Encode(message, withLock: false);
            bytes += encoded.Length;
            if (bytes > MaxReplyBytes && entries.Count > 0)
            {
                break;
            }

            entries.Add(new AmqpMap { { "message", encoded } });
        }

        return entries.Count == 0
            ? new ReplyMessage(204, "No content")
            : ReplyMessage.Ok(new AmqpMap { { "messages", entries.ToArray() } });
    }

    private static ReplyMessage ReceiveDeferred(MessageQueue queue, AmqpMap body, DateTimeOffset now)
    {
        if (Items<long>(body["sequence-numbers"]) is not { } numbers)
        {
            return ReplyMessage.Bad("sequence-numbers is missing or too long.");
        }

        var withLock = Number(body["receiver-settle-mode"]) != 0;
        if (queue.ReceiveDeferred(numbers, withLock, now) is not { } messages)
        {
            return NotFound();
        }

        var entries = messages.Select(message =>
        {
            var entry = new AmqpMap { { "message", Encode(message, withLock) } };
            if (withLock)
            {
                entry.Add("lock-token", message.LockToken);
            }

            return (object?)entry;
        });
        return ReplyMessage.Ok(new AmqpMap { { "messages", entries.ToArray() } });
    }

    private static ReplyMessage Settle(MessageQueue queue, AmqpMap body, DateTimeOffset now)
    {
        if (Items<Guid>(body["lock-tokens"]) is not { } lockTokens)
        {
            return ReplyMessage.Bad("lock-tokens is missing or too long.");
        }

        if (!lockTokens.All(queue.Holds))
        {
            return ReplyMessage.Lost(
                body["session-id"] is null ? AmqpError.MessageLockLost : AmqpError.SessionLockLost
            );
        }

        var edit = Outcome.Editing(body["properties-to-modify"] as AmqpMap);
        foreach (var lockToken in lockTokens)
        {
            switch (body["disposition-status"] as string)
            {
                case "completed":
                    queue.Complete(lockToken);
                    break;
                case "abandoned":
                    queue.Abandon(lockToken, counted: true, edit, now);
                    break;
                case "defered" or "deferred":
                    queue.Defer(lockToken, edit);
                    break;
                case "suspended":
                    queue.DeadLetter(lockToken, Outcome.Editing(DeadLetterProperties(body)), now);
                    break;
                default:
                    return ReplyMessage.Bad("disposition-status is none that is known.");
            }
        }

        return ReplyMessage.Ok();
    }

    private static AmqpMap DeadLetterProperties(AmqpMap body)
    {
        var properties = new AmqpMap();
        foreach (var (key, value) in body["properties-to-modify"] as AmqpMap ?? [])
        {
            properties.Add(new KeyValuePair<object?, object?>(key, value));
        }

        if (body["deadletter-reason"] is string reason)
        {
            properties.Set(MessageEditing.DeadLetterReason, reason);
        }

        if (body["deadletter-description"] is string description)
        {
            properties.Set(MessageEditing.DeadLetterDescription, description);
        }

        return properties;
    }

    private static ReplyMessage RenewSession(MessageQueue queue, AmqpMap body, DateTimeOffset now)
    {
        if (body["session-id"] is not string sessionId)
        {
            return ReplyMessage.Bad("session-id is missing.");
        }

        return queue.RenewSession(sessionId, now) is { } lockedUntil
            ? ReplyMessage.Ok(new AmqpMap { { "expiration", Timestamp.From(lockedUntil) } })
            : ReplyMessage.Lost(AmqpError.SessionLockLost);
    }

    private static ReplyMessage SetState(MessageQueue queue, AmqpMap body, BrokerLimits limits)
    {
        var state = body["session-state"] as byte[];
        if (body["session-id"] is not string sessionId || state?.Length > limits.MaxSessionStateBytes)
        {
            return ReplyMessage.Bad("session-id is missing, or session-state is too large.");
        }

        return queue.TrySetSessionState(sessionId, state)
            ? ReplyMessage.Ok()
            : ReplyMessage.Failed(new AmqpError(AmqpError.LimitExceeded, "The entity is full."));
    }

    private static ReplyMessage GetState(MessageQueue queue, AmqpMap body) =>
        body["session-id"] is string sessionId
            ? ReplyMessage.Ok(new AmqpMap { { "session-state", queue.SessionState(sessionId) } })
            : ReplyMessage.Bad("session-id is missing.");

    private static ReplyMessage ListSessions(MessageQueue queue, AmqpMap body)
    {
        var skip = (int)Math.Clamp(Number(body["skip"]) ?? 0, 0, int.MaxValue);
        var top = (int)Math.Clamp(Number(body["top"]) ?? MaxItems, 0, MaxItems);
        var ids = queue.SessionIds(skip, top);
        return ids.Count == 0
            ? new ReplyMessage(204, "No content")
            : ReplyMessage.Ok(new AmqpMap { { "skip", skip + ids.Count }, { "sessions-ids", AmqpArray.Of(ids) } });
    }

    private static ReplyMessage NotFound() =>
        new(404, "There is no message of that sequence number.") { Condition = AmqpError.MessageNotFound };

    private static byte[] Encode(StoredMessage message, bool withLock)
    {
        var writer = new AmqpWriter();
        MessageDelivery.Write(message, withLock, writer);
        return writer.ToArray();
    }

    /// <summary>The elements of an array or list; null when it is neither, or one element is of another type.</summary>
    private static List<T>? Items<T>(object? value)
    {
        var items = value switch
        {
            AmqpArray array => array.Items,
            object?[] list => list,
            _ => null,
        };
        return items is null || items.Length > MaxItems || !items.All(item => item is T) ? null : [.. items.Cast<T>()];
    }

    private static long? Number(object? value) =>
        value is byte or sbyte or short or ushort or int or uint or long
            ? Convert.ToInt64(value, CultureInfo.InvariantCulture)
        : value is ulong and <= long.MaxValue and var number ? (long)number
        : null;
}
