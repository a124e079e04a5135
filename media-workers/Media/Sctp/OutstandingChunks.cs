using System.Diagnostics;
using System.Numerics;

namespace EventMeet.Media.Sctp;

/// <summary>Chunks from the first that is not cumulatively acknowledged on: a ring that grows and shrinks.</summary>
internal sealed class OutstandingChunks
{
    private const int SmallestCapacity = 4;

    /// <summary>A ring longer than this is let go when it runs empty, so that an idle association stays small.</summary>
    private const int LargestKept = 64;

    private OutstandingChunk[] _ring = [];
    private int _first;

    /// <summary>Gets how many there are. The send buffer bounds them: none is empty, and messages are charged an overhead.</summary>
    public int Count { get; private set; }

    /// <summary>The chunk so many places after the first one.</summary>
    public ref OutstandingChunk this[int index] => ref _ring[(_first + index) & (_ring.Length - 1)];

    /// <summary>Appends a chunk.</summary>
    public void Add(OutstandingChunk chunk)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        Count++;
        this[Count - 1] = chunk;
    }

    /// <summary>Removes the first chunk.</summary>
    public void RemoveFirst()
    {
        Debug.Assert(Count > 0, "Only what was sent can be acknowledged.");
        _ring[_first] = default;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        if (Count == 0 && _ring.Length > LargestKept)
        {
            _ring = [];
            _first = 0;
        }
    }

    private void Grow()
    {
        var larger = new OutstandingChunk[BitOperations.RoundUpToPowerOf2((uint)Math.Max(SmallestCapacity, Count + 1))];
        for (var index = 0; index < Count; index++)
        {
            larger[index] = this[index];
        }

        _ring = larger;
        _first = 0;
    }
}
