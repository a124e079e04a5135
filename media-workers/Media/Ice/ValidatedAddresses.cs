using EventMeet.Media.Values;

namespace EventMeet.Media.Ice;

/// <summary>The addresses that authenticated checks came from, in the order of their first check; bounded.</summary>
internal sealed class ValidatedAddresses(int capacity)
{
    private readonly (TransportAddress Address, MonotonicTime LastCheck)[] _entries = new (
        TransportAddress,
        MonotonicTime
    )[capacity];

    /// <summary>Gets how many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the one validated first of those that are left.</summary>
    public TransportAddress First => _entries[0].Address;

    /// <summary>Is it one of them?</summary>
    public bool Contains(TransportAddress address) => IndexOf(address) >= 0;

    /// <summary>When the last check came from it; the origin when it is none of them.</summary>
    public MonotonicTime LastCheckOf(TransportAddress address)
    {
        var index = IndexOf(address);
        return index < 0 ? MonotonicTime.Zero : _entries[index].LastCheck;
    }

    /// <summary>Notes a check; true when the address is new.</summary>
    public bool Note(TransportAddress address, MonotonicTime now)
    {
        var index = IndexOf(address);
        var isNew = index < 0;
        _entries[isNew ? Count++ : index] = (address, now);
        return isNew;
    }

    /// <summary>Would a new address find no room?</summary>
    public bool IsFull => Count == _entries.Length;

    /// <summary>Removes the one that has been quiet longest, <paramref name="keep"/> excepted.</summary>
    public TransportAddress RemoveQuietest(TransportAddress? keep)
    {
        var quietest = -1;
        for (var index = 0; index < Count; index++)
        {
            var entry = _entries[index];
            if (entry.Address != keep && (quietest < 0 || entry.LastCheck < _entries[quietest].LastCheck))
            {
                quietest = index;
            }
        }

        return RemoveAt(quietest);
    }

    /// <summary>Removes one whose last check was at <paramref name="deadline"/> or before, if there is one.</summary>
    public bool TryRemoveOlder(MonotonicTime deadline, TransportAddress? keep, out TransportAddress removed)
    {
        for (var index = 0; index < Count; index++)
        {
            if (_entries[index].LastCheck <= deadline && _entries[index].Address != keep)
            {
                removed = RemoveAt(index);
                return true;
            }
        }

        removed = default;
        return false;
    }

    /// <summary>The oldest last check among all but <paramref name="except"/>; never when there is none.</summary>
    public MonotonicTime OldestCheck(TransportAddress? except)
    {
        var oldest = MonotonicTime.Never;
        for (var index = 0; index < Count; index++)
        {
            if (_entries[index].Address != except)
            {
                oldest = MonotonicTime.Soonest(oldest, _entries[index].LastCheck);
            }
        }

        return oldest;
    }

    private TransportAddress RemoveAt(int index)
    {
        var removed = _entries[index].Address;
        _entries.AsSpan(index + 1, Count - index - 1).CopyTo(_entries.AsSpan(index));
        Count--;
        return removed;
    }

    private int IndexOf(TransportAddress address)
    {
        for (var index = 0; index < Count; index++)
        {
            if (_entries[index].Address == address)
            {
                return index;
            }
        }

        return -1;
    }
}
