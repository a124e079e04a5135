using System.Buffers.Binary;
using System.Text;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Durability;

/// <summary>Reads a record's payload (see <see cref="JournalEncoder"/>) and repeats its changes.</summary>
internal ref struct JournalDecoder(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _payload = payload;
    private int _position;
    private bool _failed;

    /// <summary>Repeats the record's changes on the queues that still exist.</summary>
    /// <param name="payload">The record's payload.</param>
    /// <param name="find">Finds a queue by name; null when it is not configured any more.</param>
    /// <param name="isEnd">Whether the record ends a snapshot.</param>
    /// <returns>False when the payload is not understood.</returns>
    internal static bool TryApply(ReadOnlySpan<byte> payload, Func<string, MessageQueue?> find, out bool isEnd)
    {
        var decoder = new JournalDecoder(payload);
        isEnd = false;
        while (decoder._position < payload.Length && !decoder._failed)
        {
            var operation = decoder.Byte();
            var queue = find(decoder.Text() ?? "");
            isEnd |= operation == JournalEncoder.EndOperation;
            decoder.Apply(operation, queue);
        }

        return !decoder._failed;
    }

    private void Apply(byte operation, MessageQueue? queue)
    {
        switch (operation)
        {
            case JournalEncoder.StoredOperation:
                ApplyStored(queue);
                break;
            case JournalEncoder.RemovedOperation:
                ApplyRemoved(queue);
                break;
            case JournalEncoder.CountedOperation:
                ApplyCount(queue);
                break;
            case JournalEncoder.DeferredOperation:
                ApplyDeferred(queue);
                break;
            case JournalEncoder.StateOperation:
                ApplyState(queue);
                break;
            case JournalEncoder.RememberedOperation:
                ApplyRemembered(queue);
                break;
            case JournalEncoder.NextOperation:
                ApplyNext(queue);
                break;
            case JournalEncoder.EndOperation:
                break;
            default:
                _failed = true;
                break;
        }
    }

    private void ApplyStored(MessageQueue? queue)
    {
        var sequenceNumber = Number();
        var enqueuedAt = Time();
        var expiresAt = Time();
        var scheduledFor = Time();
        var count = Short();
        var state = (MessageState)Byte();
        var message = new StoredMessage
        {
            SequenceNumber = sequenceNumber,
            EnqueuedAt = enqueuedAt,
            ExpiresAt = expiresAt,
            ScheduledFor = scheduledFor == DateTimeOffset.MinValue ? null : scheduledFor,
            DeliveryCount = count,
            State = state,
            MessageId = Text(),
            SessionId = Text(),
            DeadLetterSource = Text(),
            Content = Bytes() ?? [],
        };
        if (!_failed)
        {
            queue?.RestoreStored(message);
        }
    }

    // A queue that is not configured any more is passed over, its fields with it.
    private void ApplyRemoved(MessageQueue? queue)
    {
        var sequenceNumber = Number();
        queue?.RestoreRemoved(_failed ? 0 : sequenceNumber);
    }

    private void ApplyCount(MessageQueue? queue)
    {
        var sequenceNumber = Number();
        var count = Short();
        queue?.RestoreCount(_failed ? 0 : sequenceNumber, count);
    }

    private void ApplyDeferred(MessageQueue? queue)
    {
        var sequenceNumber = Number();
        queue?.RestoreDeferred(_failed ? 0 : sequenceNumber);
    }

    private void ApplyNext(MessageQueue? queue)
    {
        var next = Number();
        queue?.RestoreNextSequenceNumber(_failed ? 0 : next);
    }

    private void ApplyState(MessageQueue? queue)
    {
        var sessionId = Text();
        var state = Bytes();
        if (!_failed)
        {
            queue?.RestoreSessionState(sessionId ?? "", state);
        }
    }

    private void ApplyRemembered(MessageQueue? queue)
    {
        var messageId = Text();
        var sequenceNumber = Number();
        var since = Time();
        if (!_failed)
        {
            queue?.RestoreRemembered(messageId ?? "", sequenceNumber, since);
        }
    }

    private DateTimeOffset Time() => new(Math.Clamp(Number(), 0, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    private string? Text() => Bytes() is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private byte[]? Bytes()
    {
        var length = Short();
        return length < 0 ? null : Take(length).ToArray();
    }

    private byte Byte() => Take(1) is [var value] ? value : (byte)0;

    private int Short() => Take(4) is { Length: 4 } raw ? BinaryPrimitives.ReadInt32LittleEndian(raw) : 0;

    private long Number() => Take(8) is { Length: 8 } raw ? BinaryPrimitives.ReadInt64LittleEndian(raw) : 0;

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_failed || length > _payload.Length - _position)
        {
            _failed = true;
            return [];
        }

        var taken = _payload.Slice(_position, length);
        _position += length;
        return taken;
    }
}
