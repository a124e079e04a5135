using System.Numerics;

namespace EventMeet.Media.Rtp;

/// <summary>
/// Gives the numbers of a source new numbers that never go back and have no holes but the source's own: a number that
/// is left out on purpose closes up, one that is lost stays open for its late arrival. Remembers the last numbers
/// given, so that a late one gets its right place and a number can be mapped back. Numbers do not wrap here.
/// </summary>
internal sealed class NumberLine
{
    // By outgoing number modulo the capacity.
    private readonly long[] _sources;
    private readonly Place[] _places;
    private readonly int _mask;

    // The first outgoing number since the source was last changed; older ones cannot be asked for by a source's number.
    private long _runStart;
    private long _newestSource;

    /// <summary>Starts a line.</summary>
    /// <param name="capacity">How many numbers are remembered, a power of two.</param>
    /// <param name="first">The first number to be given.</param>
    public NumberLine(int capacity, long first)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.IsPow2(capacity), true, nameof(capacity));
        _sources = new long[capacity];
        _places = new Place[capacity];
        _mask = capacity - 1;
        Newest = first - 1;
        _runStart = first;
    }

    private enum Place : byte
    {
        /// <summary>Nothing known.</summary>
        Vacant,

        /// <summary>Kept for a source number that has not come.</summary>
        Open,

        /// <summary>Given.</summary>
        Given,

        /// <summary>Was kept open, and what came was not wanted.</summary>
        Dropped,

        /// <summary>Has no source.</summary>
        Inserted,
    }

    /// <summary>Gets the highest number given or kept open.</summary>
    public long Newest { get; private set; }

    /// <summary>Reads what the next packet needs, so that it is in the processor's cache.</summary>
    /// <returns>Nothing of use; it keeps the reads from being left out.</returns>
    public int Warm()
    {
        var place = (Newest + 1) & _mask;
        return (int)_sources[place] + (int)_places[place];
    }

    /// <summary>Goes on with another source, or with the same one elsewhere: this source number will get the next number.</summary>
    public void Start(long source)
    {
        _runStart = Newest + 1;
        _newestSource = source - 1;
    }

    /// <summary>The number for a source number; the same again for the same.</summary>
    /// <returns>False when it was left out, or is too old to be known.</returns>
    public bool TryMap(long source, out long outgoing)
    {
        if (source > _newestSource)
        {
            KeepOpen(source);
            outgoing = ++Newest;
            Set(outgoing, source, Place.Given);
            _newestSource = source;
            return true;
        }

        if (!TryFind(source, out outgoing) || _places[outgoing & _mask] == Place.Dropped)
        {
            return false;
        }

        _places[outgoing & _mask] = Place.Given;
        return true;
    }

    /// <summary>Leaves a source number out; numbers behind it move up.</summary>
    /// <param name="source">May be left out again, or after it was given, which changes nothing.</param>
    /// <param name="hole">The number that was kept open for it, because later ones were given first: nothing closes it any more.</param>
    /// <returns>True when there is such a hole.</returns>
    public bool TryDrop(long source, out long hole)
    {
        hole = 0;
        if (source > _newestSource)
        {
            KeepOpen(source);
            _newestSource = source;
            return false;
        }

        if (!TryFind(source, out hole) || _places[hole & _mask] != Place.Open)
        {
            return false;
        }

        _places[hole & _mask] = Place.Dropped;
        return true;
    }

    /// <summary>Gives the next number to something that has no source.</summary>
    public long Insert()
    {
        Set(++Newest, _newestSource, Place.Inserted);
        return Newest;
    }

    /// <summary>The source number that a number was given to, or is kept open for.</summary>
    /// <param name="outgoing">Any number.</param>
    /// <param name="source">In the numbers of the source at that time.</param>
    /// <param name="given">False when it is kept open.</param>
    public bool TryMapBack(long outgoing, out long source, out bool given)
    {
        var place = IsRemembered(outgoing) ? _places[outgoing & _mask] : Place.Vacant;
        source = _sources[outgoing & _mask];
        given = place == Place.Given;
        return given || (place == Place.Open && outgoing >= _runStart);
    }

    private bool IsRemembered(long outgoing) => outgoing <= Newest && outgoing > Newest - _sources.Length;

    // Keeps a number for every source number between the newest and this one, of which only the last can be remembered.
    private void KeepOpen(long source)
    {
        var skipped = source - _newestSource - 1;
        var forgotten = Math.Max(0, skipped - _sources.Length);
        for (var step = forgotten + 1; step <= skipped; step++)
        {
            Set(Newest + step, _newestSource + step, Place.Open);
        }

        Newest += skipped;
    }

    private void Set(long outgoing, long source, Place place)
    {
        _sources[outgoing & _mask] = source;
        _places[outgoing & _mask] = place;
    }

    // Sources never descend within a run, so the first place at or above the number is the one, if it is exact.
    private bool TryFind(long source, out long outgoing)
    {
        var low = Math.Max(_runStart, Newest - _sources.Length + 1);
        var high = Newest + 1;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_sources[middle & _mask] < source)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        outgoing = low;
        return low <= Newest && _sources[low & _mask] == source && _places[low & _mask] != Place.Inserted;
    }
}
