namespace EventMeet.Media.Sctp;

/// <summary>A stream on which the peer sends ordered messages.</summary>
internal sealed class InboundStream
{
    private List<InboundMessage>? _waiting; // complete, in order, all after NextSequenceNumber

    /// <summary>Gets the sequence number to deliver next.</summary>
    public ushort NextSequenceNumber { get; private set; }

    /// <summary>Is this message the next one to deliver? If so it counts as delivered.</summary>
    public bool TryPass(InboundMessage message)
    {
        if (message.StreamSequenceNumber != NextSequenceNumber)
        {
            return false;
        }

        NextSequenceNumber++;
        return true;
    }

    /// <summary>Keeps a message until its turn; false when it is an old or a known one.</summary>
    public bool TryKeep(InboundMessage message)
    {
        var distance = Distance(message.StreamSequenceNumber);
        if (distance <= 0)
        {
            return false;
        }

        _waiting ??= new(2);
        var index = _waiting.Count;
        while (index > 0 && Distance(_waiting[index - 1].StreamSequenceNumber) > distance)
        {
            index--;
        }

        if (index > 0 && _waiting[index - 1].StreamSequenceNumber == message.StreamSequenceNumber)
        {
            return false;
        }

        _waiting.Insert(index, message);
        return true;
    }

    /// <summary>Moves the messages whose turn has come into a list.</summary>
    public void TakeReady(List<InboundMessage> ready)
    {
        var count = 0;
        while (_waiting is not null && count < _waiting.Count && TryPass(_waiting[count]))
        {
            ready.Add(_waiting[count++]);
        }

        _waiting?.RemoveRange(0, count);
    }

    /// <summary>
    /// The peer has given up messages up to a number (RFC 3758 section 3.6): moves those that had arrived, and those
    /// whose turn has now come, into a list.
    /// </summary>
    public void SkipTo(ushort last, List<InboundMessage> ready)
    {
        var skipped = Distance(last);
        if (skipped < 0)
        {
            return;
        }

        var count = 0;
        while (
            _waiting is not null && count < _waiting.Count && Distance(_waiting[count].StreamSequenceNumber) <= skipped
        )
        {
            ready.Add(_waiting[count++]);
        }

        _waiting?.RemoveRange(0, count);
        NextSequenceNumber = (ushort)(last + 1);
        TakeReady(ready);
    }

    /// <summary>Moves everything that waits into a list.</summary>
    public void TakeAll(List<InboundMessage> removed)
    {
        removed.AddRange(_waiting ?? []);
        _waiting = null;
    }

    private int Distance(ushort sequenceNumber) => (short)(sequenceNumber - NextSequenceNumber);
}
