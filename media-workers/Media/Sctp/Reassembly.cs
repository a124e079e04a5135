using EventMeet.Media.Packets;
using EventMeet.Media.Sctp.Chunks;

namespace EventMeet.Media.Sctp;

/// <summary>Makes messages of fragments and puts ordered ones in order (RFC 9260 sections 6.5, 6.6, 6.9).</summary>
internal sealed class Reassembly(SctpOptions options, SctpCounters counters, Queue<SctpEvent> events)
{
    private readonly List<InboundMessage> _ready = new(1); // used within one call
    private Dictionary<ushort, InboundStream>? _streams;
    private List<InboundMessage>? _partial; // by TSN

    /// <summary>Gets how many bytes are held, overhead included, until they are taken and returned.</summary>
    public int HeldBytes { get; private set; }

    /// <summary>Takes in a fragment that has not arrived before.</summary>
    /// <returns><see cref="PacketFault.TooLarge"/> when the message is longer than agreed: the association ends.</returns>
    public PacketFault Handle(in DataChunk chunk)
    {
        var message = Place(chunk, out var index);
        if (message is null)
        {
            return PacketFault.TooLarge;
        }

        if (message.IsComplete)
        {
            if (index >= 0)
            {
                _partial!.RemoveAt(index);
            }

            HandleComplete(message);
        }

        return PacketFault.None;
    }

    /// <summary>The peer has given up everything up to a TSN (RFC 3758 section 3.6).</summary>
    public void HandleForward(in ForwardTsnChunk forward)
    {
        var cumulative = forward.NewCumulativeTsn;
        for (var index = (_partial?.Count ?? 0) - 1; index >= 0; index--)
        {
            var run = _partial![index];
            if (run.Last <= cumulative || (run.First <= cumulative && !run.HasBegin))
            {
                _partial.RemoveAt(index);
                Drop(run);
            }
        }

        for (var index = 0; index < forward.Streams; index++)
        {
            var (streamId, last) = forward.Stream(index);
            StreamOf(streamId)?.SkipTo(last, _ready);
            DeliverReady();
        }
    }

    /// <summary>The peer begins a stream anew (RFC 6525 section 5.2.2).</summary>
    public void ResetStream(ushort streamId)
    {
        for (var index = (_partial?.Count ?? 0) - 1; index >= 0; index--)
        {
            if (_partial![index].StreamId == streamId)
            {
                Drop(_partial[index]);
                _partial.RemoveAt(index);
            }
        }

        if (_streams is not null && _streams.Remove(streamId, out var stream))
        {
            DropAll(stream);
        }
    }

    /// <summary>The peer begins every stream anew. The streams that it used are written to a list.</summary>
    public void ResetAll()
    {
        foreach (var (_, stream) in _streams ?? [])
        {
            DropAll(stream);
        }

        foreach (var run in _partial ?? [])
        {
            Drop(run);
        }

        _streams = null;
        _partial = null;
    }

    /// <summary>A delivered message was taken and is done with.</summary>
    public void Release(int length) => HeldBytes -= length + InboundMessage.Overhead;

    /// <summary>Finds the run that a fragment continues, or makes one; null when the message becomes too long.</summary>
    private InboundMessage? Place(in DataChunk chunk, out int index)
    {
        index = -1;
        if (chunk.Payload.Length > options.MaxMessageSize)
        {
            return null;
        }

        var tsn = chunk.Tsn;
        if (chunk.IsBegin && chunk.IsEnd)
        {
            HeldBytes += chunk.Payload.Length + InboundMessage.Overhead;
            return InboundMessage.From(chunk);
        }

        _partial ??= new(1);
        index = RunBefore(tsn);
        var before = index >= 0 ? _partial[index] : null;
        InboundMessage run;
        if (before is { HasEnd: false } && before.Last.Next == tsn && !chunk.IsBegin && before.IsSameMessage(chunk))
        {
            run = before;
            if (run.Length + chunk.Payload.Length > options.MaxMessageSize)
            {
                return null;
            }

            run.Append(chunk);
            HeldBytes += chunk.Payload.Length;
        }
        else
        {
            run = InboundMessage.From(chunk);
            HeldBytes += chunk.Payload.Length + InboundMessage.Overhead;
            _partial.Insert(++index, run);
        }

        return TryJoinNext(run, index) ? run : null;
    }

    private bool TryJoinNext(InboundMessage run, int index)
    {
        var next = index + 1 < _partial!.Count ? _partial[index + 1] : null;
        if (run.HasEnd || next is null || next.HasBegin || next.First != run.Last.Next || !run.IsSameMessage(next))
        {
            return true;
        }

        if (run.Length + next.Length > options.MaxMessageSize)
        {
            return false;
        }

        run.Append(next);
        HeldBytes -= InboundMessage.Overhead;
        _partial.RemoveAt(index + 1);
        return true;
    }

    private void HandleComplete(InboundMessage message)
    {
        if (message.IsUnordered)
        {
            Deliver(message);
            return;
        }

        var stream = StreamOf(message.StreamId);
        if (stream is not null && stream.TryPass(message))
        {
            Deliver(message);
            stream.TakeReady(_ready);
            DeliverReady();
        }
        else if (stream is null || !stream.TryKeep(message))
        {
            counters.DataDropped++;
            Drop(message);
        }
    }

    private void DeliverReady()
    {
        foreach (var message in _ready)
        {
            Deliver(message);
        }

        _ready.Clear();
    }

    private void Deliver(InboundMessage message) =>
        events.Enqueue(
            new(
                SctpEventKind.Message,
                message.StreamId,
                message.PayloadProtocolIdentifier,
                message.Buffer,
                message.Length
            )
        );

    private void DropAll(InboundStream stream)
    {
        stream.TakeAll(_ready);
        foreach (var message in _ready)
        {
            Drop(message);
        }

        _ready.Clear();
    }

    private void Drop(InboundMessage message)
    {
        Release(message.Length);
        message.Release();
    }

    private InboundStream? StreamOf(ushort streamId)
    {
        _streams ??= new(1);
        if (!_streams.TryGetValue(streamId, out var stream) && _streams.Count < options.MaxStreams)
        {
            stream = new();
            _streams.Add(streamId, stream);
        }

        return stream;
    }

    /// <summary>The index of the last run that begins before a TSN; -1 when there is none.</summary>
    private int RunBefore(Tsn tsn)
    {
        var (low, high) = (0, _partial!.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_partial[middle].First < tsn)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }
}
