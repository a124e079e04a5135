using System.Runtime.InteropServices;
using EventMeet.Media.Sctp.Chunks;

namespace EventMeet.Media.Sctp;

/// <summary>Which TSNs have arrived: everything up to one, and ranges beyond it.</summary>
internal sealed class ReceivedTsns
{
    /// <summary>More gaps than this are not remembered: what would make another is dropped and comes again.</summary>
    private const int MaxRanges = 256;

    /// <summary>Gap blocks are 16 bits wide (RFC 9260 section 3.3.4).</summary>
    private const int MaxAhead = ushort.MaxValue;

    private const int MaxDuplicates = 16;

    private List<TsnRange>? _ranges;
    private List<Tsn>? _duplicates;

    /// <summary>Gets the last TSN before the first gap.</summary>
    public Tsn Cumulative { get; private set; }

    /// <summary>Gets the highest TSN that arrived.</summary>
    public Tsn Highest => _ranges is { Count: > 0 } ranges ? ranges[^1].Last : Cumulative;

    /// <summary>Gets a value indicating whether something is missing before something that is there.</summary>
    public bool HasGaps => _ranges is { Count: > 0 };

    /// <summary>Gets what has arrived beyond the first gap, in order.</summary>
    public ReadOnlySpan<TsnRange> Ranges => CollectionsMarshal.AsSpan(_ranges);

    /// <summary>Gets what arrived twice since the last SACK.</summary>
    public ReadOnlySpan<Tsn> Duplicates => CollectionsMarshal.AsSpan(_duplicates);

    /// <summary>Begins anew.</summary>
    public void Start(Tsn initial)
    {
        Cumulative = initial.Previous;
        _ranges = null;
        _duplicates = null;
    }

    /// <summary>Has this TSN arrived?</summary>
    public bool Contains(Tsn tsn)
    {
        if (tsn <= Cumulative)
        {
            return true;
        }

        var index = RangeBefore(tsn);
        return index >= 0 && _ranges![index].Last >= tsn;
    }

    /// <summary>Can this TSN, which has not arrived yet, be remembered?</summary>
    public bool CanAdd(Tsn tsn)
    {
        if (tsn.DistanceFrom(Cumulative) > MaxAhead)
        {
            return false;
        }

        if (_ranges is null || _ranges.Count < MaxRanges || tsn == Cumulative.Next)
        {
            return true;
        }

        var index = RangeBefore(tsn);
        return (index >= 0 && _ranges[index].Last.Next == tsn)
            || (index + 1 < _ranges.Count && _ranges[index + 1].First == tsn.Next);
    }

    /// <summary>Remembers a TSN that has not arrived yet.</summary>
    public void Add(Tsn tsn)
    {
        if (tsn == Cumulative.Next)
        {
            Cumulative = tsn;
            SwallowFirstRange();
            return;
        }

        _ranges ??= new(2);
        var index = RangeBefore(tsn);
        var joinsBefore = index >= 0 && _ranges[index].Last.Next == tsn;
        var joinsAfter = index + 1 < _ranges.Count && _ranges[index + 1].First == tsn.Next;
        if (joinsBefore && joinsAfter)
        {
            _ranges[index] = new(_ranges[index].First, _ranges[index + 1].Last);
            _ranges.RemoveAt(index + 1);
        }
        else if (joinsBefore)
        {
            _ranges[index] = new(_ranges[index].First, tsn);
        }
        else if (joinsAfter)
        {
            _ranges[index + 1] = new(tsn, _ranges[index + 1].Last);
        }
        else
        {
            _ranges.Insert(index + 1, new(tsn, tsn));
        }
    }

    /// <summary>Stops waiting for anything up to a TSN (RFC 3758 section 3.6).</summary>
    public void AdvanceTo(Tsn cumulative)
    {
        if (cumulative <= Cumulative)
        {
            return;
        }

        Cumulative = cumulative;
        var passed = 0;
        while (_ranges is not null && passed < _ranges.Count && _ranges[passed].Last <= cumulative)
        {
            passed++;
        }

        _ranges?.RemoveRange(0, passed);
        SwallowFirstRange();
    }

    /// <summary>Notes a TSN that arrived again, for the next SACK.</summary>
    public void AddDuplicate(Tsn tsn)
    {
        _duplicates ??= new(2);
        if (_duplicates.Count < MaxDuplicates)
        {
            _duplicates.Add(tsn);
        }
    }

    /// <summary>A SACK has left.</summary>
    public void ClearDuplicates() => _duplicates?.Clear();

    private void SwallowFirstRange()
    {
        if (_ranges is { Count: > 0 } ranges && ranges[0].First <= Cumulative.Next)
        {
            Cumulative = ranges[0].Last;
            ranges.RemoveAt(0);
        }
    }

    /// <summary>The index of the last range that begins at or before a TSN; -1 when there is none.</summary>
    private int RangeBefore(Tsn tsn)
    {
        var ranges = Ranges;
        var (low, high) = (0, ranges.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].First <= tsn)
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
