using System.Buffers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Sctp;

/// <summary>Messages that wait for their first transmission, by stream. The one begun is finished before another begins.</summary>
internal sealed class OutboundQueue(SctpOptions options)
{
    private const int MaxSpareMessages = 8;

    private const int VirtualTimeUnit = 1024; // keeps the share of short messages from being rounded away

    private readonly Dictionary<ushort, OutboundStream> _streams = new(1);
    private readonly List<OutboundStream> _active = new(1);
    private List<OutboundMessage>? _spare;
    private long _virtualTime;

    /// <summary>Gets how many bytes of the send buffer are taken, overhead included.</summary>
    public int HeldBytes { get; private set; }

    /// <summary>Gets the message some of whose bytes have TSNs and some do not; null when there is none.</summary>
    public OutboundMessage? Begun { get; private set; }

    /// <summary>Gets a value indicating whether nothing waits.</summary>
    public bool IsEmpty => Begun is null && _active.Count == 0;

    /// <summary>Takes a message over; its bytes are copied.</summary>
    /// <param name="header">How to carry it.</param>
    /// <param name="payload">Not empty.</param>
    /// <param name="now">Now.</param>
    /// <param name="mustFit">False for the few bytes of DCEP, which a full buffer does not keep out.</param>
    public SendResult Enqueue(in SctpMessageHeader header, ReadOnlySpan<byte> payload, MonotonicTime now, bool mustFit)
    {
        var result = TryAdmit(header, payload.Length, mustFit, out var stream);
        if (stream is not null)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(payload.Length);
            payload.CopyTo(buffer);
            Enqueue(stream, header, buffer, payload.Length, isRented: true, now);
        }

        return result;
    }

    /// <summary>Takes a message over that others send, too; its bytes are not copied.</summary>
    /// <param name="header">How to carry it.</param>
    /// <param name="payload">Not empty; nobody may change it any more.</param>
    /// <param name="now">Now.</param>
    public SendResult EnqueueShared(in SctpMessageHeader header, byte[] payload, MonotonicTime now)
    {
        var result = TryAdmit(header, payload.Length, mustFit: true, out var stream);
        if (stream is not null)
        {
            Enqueue(stream, header, payload, payload.Length, isRented: false, now);
        }

        return result;
    }

    /// <summary>The message to send from next, expired ones left out; null when there is none.</summary>
    public OutboundMessage? Next(MonotonicTime now, SctpCounters counters)
    {
        while (Begun is null && _active.Count > 0)
        {
            var stream = SelectStream();
            var message = stream.Dequeue();
            if (stream.Waiting == 0)
            {
                _ = _active.Remove(stream);
            }

            if (message.Expires <= now)
            {
                counters.MessagesAbandoned++;
                Release(message);
                continue;
            }

            _virtualTime = stream.VirtualTime;
            stream.VirtualTime += (long)message.Length * VirtualTimeUnit / stream.Weight;
            message.StreamSequenceNumber = message.Header.Unordered ? (ushort)0 : stream.NextSequenceNumber++;
            Begun = message;
        }

        return Begun;
    }

    /// <summary>So many more bytes of the begun message have got a TSN.</summary>
    public void HandleFragment(int length, Tsn tsn)
    {
        var message = Begun!;
        message.Fragmented += length;
        var stream = _streams[message.Header.StreamId];
        stream.LastTsn = tsn;
        stream.BufferedBytes -= length;
        if (message.Remaining == 0)
        {
            Begun = null;
        }
    }

    /// <summary>The begun message is given up; its end gets a TSN that is never sent.</summary>
    public void AbandonBegun(Tsn placeholder)
    {
        HandleFragment(Begun!.Remaining, placeholder);
    }

    /// <summary>Gives the bytes of a message back.</summary>
    public void Release(OutboundMessage message)
    {
        if (message.Buffer is not { } buffer)
        {
            return;
        }

        if (message.IsRented)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        message.Buffer = null;
        HeldBytes -= message.Length + OutboundMessage.Overhead;
        if (message.Remaining > 0 && _streams.TryGetValue(message.Header.StreamId, out var stream))
        {
            stream.BufferedBytes -= message.Remaining;
        }
    }

    /// <summary>Keeps the object of a released message, to which no TSN refers any more, for another one.</summary>
    public void Recycle(OutboundMessage message)
    {
        Release(message);
        _spare ??= new(MaxSpareMessages);
        if (_spare.Count < MaxSpareMessages)
        {
            _spare.Add(message);
        }
    }

    /// <summary>How many bytes of a stream wait for their first transmission.</summary>
    public int BufferedBytes(ushort streamId) =>
        _streams.TryGetValue(streamId, out var stream) ? stream.BufferedBytes : 0;

    /// <summary>Finds a stream; null when nothing was sent on it.</summary>
    public OutboundStream? Find(ushort streamId) => _streams.GetValueOrDefault(streamId);

    /// <summary>Finds or makes a stream; null when there are too many.</summary>
    public OutboundStream? StreamOf(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out var stream) && _streams.Count < options.MaxStreams)
        {
            stream = new(streamId) { VirtualTime = _virtualTime };
            _streams.Add(streamId, stream);
        }

        return stream;
    }

    /// <summary>Has everything of a stream left and been acknowledged?</summary>
    public bool IsDrained(ushort streamId, Tsn acknowledged) =>
        !_streams.TryGetValue(streamId, out var stream)
        || (
            stream.Waiting == 0
            && Begun?.Header.StreamId != streamId
            && !(stream.LastTsn is { } last && last > acknowledged)
        );

    /// <summary>Forgets a stream: its next message has sequence number zero.</summary>
    public void Forget(ushort streamId) => _ = _streams.Remove(streamId);

    /// <summary>Lets go of everything that waits.</summary>
    public void Clear()
    {
        foreach (var stream in _active)
        {
            while (stream.Waiting > 0)
            {
                Release(stream.Dequeue());
            }
        }

        _active.Clear();
        _streams.Clear();
        Begun = null;
    }

    private SendResult TryAdmit(in SctpMessageHeader header, int length, bool mustFit, out OutboundStream? stream)
    {
        stream = null;
        if (length > options.PeerMaxMessageSize)
        {
            return SendResult.TooLarge;
        }

        // A message longer than the buffer may wait alone.
        if (mustFit && HeldBytes > 0 && HeldBytes + length + OutboundMessage.Overhead > options.SendBuffer)
        {
            return SendResult.BufferFull;
        }

        var found = StreamOf(header.StreamId);
        if (found is null || found.IsResetting)
        {
            return SendResult.Closed;
        }

        stream = found;
        return SendResult.Queued;
    }

    private void Enqueue(
        OutboundStream stream,
        in SctpMessageHeader header,
        byte[] buffer,
        int length,
        bool isRented,
        MonotonicTime now
    )
    {
        var message = NewMessage();
        message.Header = header;
        (message.Buffer, message.Length, message.IsRented) = (buffer, length, isRented);
        message.Expires = header.Lifetime is { } lifetime ? now + lifetime : MonotonicTime.Never;
        if (stream.Waiting == 0)
        {
            _active.Add(stream);
            stream.VirtualTime = Math.Max(stream.VirtualTime, _virtualTime);
        }

        stream.Enqueue(message);
        stream.BufferedBytes += length;
        HeldBytes += length + OutboundMessage.Overhead;
    }

    private OutboundStream SelectStream()
    {
        var selected = _active[0];
        for (var index = 1; index < _active.Count; index++)
        {
            selected = _active[index].VirtualTime < selected.VirtualTime ? _active[index] : selected;
        }

        return selected;
    }

    private OutboundMessage NewMessage()
    {
        if (_spare is not { Count: > 0 } spare)
        {
            return new();
        }

        var message = spare[^1];
        spare.RemoveAt(spare.Count - 1);
        message.Fragmented = 0;
        message.IsAbandoned = false;
        return message;
    }
}
