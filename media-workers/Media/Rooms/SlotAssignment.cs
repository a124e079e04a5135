using System.Runtime.InteropServices;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// Gives one subscriber after the other's slots what they shall carry: what is pinned, and what <see cref="SlotAssigner"/> says. Keeps its lists,
/// because a room of hundreds decides for all of them whenever somebody joins, leaves or speaks up.
/// </summary>
internal sealed class SlotAssignment
{
    private readonly List<Track> _candidates = [];
    private readonly List<Slot> _automatic = [];
    private readonly List<Track?> _carried = [];

    /// <summary>Decides for all slots of a kind.</summary>
    /// <param name="subscriber">Whose; its own tracks are not sent back to it.</param>
    /// <param name="kind">Which slots.</param>
    /// <param name="ranked">The room's tracks of that kind, most wanted first.</param>
    /// <param name="now">The time.</param>
    public void Assign(Subscriber subscriber, MediaKind kind, IReadOnlyList<Track> ranked, MonotonicTime now)
    {
        for (var i = 0; i < ranked.Count; i++)
        {
            if (!ReferenceEquals(ranked[i].Publisher, subscriber))
            {
                _candidates.Add(ranked[i]);
            }
        }

        foreach (var slot in subscriber.Slots)
        {
            if (slot.Kind != kind)
            {
                continue;
            }

            if (slot.Pin is { } pin)
            {
                Carry(slot, TakePinned(slot, pin), now);
            }
            else
            {
                _automatic.Add(slot);
                _carried.Add(slot.Wanted);
            }
        }

        AssignAutomatic(now);

        // Or tracks that are gone would be kept, with all their packets, until somebody is decided for again.
        _candidates.Clear();
        _automatic.Clear();
        _carried.Clear();
    }

    private static bool CanCarry(Slot slot, Track track) =>
        track.Codec is { } codec && slot.CodecFor(codec.Name) is not null;

    private static void Carry(Slot slot, Track? track, MonotonicTime now)
    {
        if (slot.Carry(track, now))
        {
            slot.Subscriber.NoteChanged(slot);
        }
    }

    private Track? TakePinned(Slot slot, SlotPin pin)
    {
        foreach (var track in _candidates)
        {
            if (pin.Matches(track) && CanCarry(slot, track))
            {
                _ = _candidates.Remove(track);
                return track;
            }
        }

        return null;
    }

    private void AssignAutomatic(MonotonicTime now)
    {
        if (_automatic.Count == 0)
        {
            return;
        }

        // All of them have the same codecs: the offer's.
        for (var i = _candidates.Count - 1; i >= 0; i--)
        {
            if (!CanCarry(_automatic[0], _candidates[i]))
            {
                _candidates.RemoveAt(i);
            }
        }

        SlotAssigner.Assign<Track>(CollectionsMarshal.AsSpan(_carried), CollectionsMarshal.AsSpan(_candidates));
        for (var i = 0; i < _automatic.Count; i++)
        {
            Carry(_automatic[i], _carried[i], now);
        }
    }
}
