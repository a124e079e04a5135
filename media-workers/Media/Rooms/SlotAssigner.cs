namespace EventMeet.Media.Rooms;

/// <summary>
/// Decides which track each automatic slot shall carry. Tracks that are in a slot and still wanted stay where they are,
/// so that a picture never jumps to another tile; only what is no longer wanted makes room.
/// </summary>
internal static class SlotAssigner
{
    /// <summary>Assigns tracks to slots.</summary>
    /// <typeparam name="T">What is assigned.</typeparam>
    /// <param name="slots">What each slot carries now; changed to what it shall carry.</param>
    /// <param name="ranked">What may be carried, most wanted first, without repeats.</param>
    public static void Assign<T>(Span<T?> slots, ReadOnlySpan<T> ranked)
        where T : class
    {
        var wanted = ranked[..Math.Min(ranked.Length, slots.Length)];
        foreach (ref var carried in slots)
        {
            if (carried is not null && !Contains(wanted, carried))
            {
                carried = null;
            }
        }

        foreach (var track in wanted)
        {
            if (Contains(slots, track))
            {
                continue;
            }

            foreach (ref var carried in slots)
            {
                if (carried is null)
                {
                    carried = track;
                    break;
                }
            }
        }
    }

    private static bool Contains<T>(ReadOnlySpan<T> tracks, T track)
        where T : class?
    {
        foreach (var other in tracks)
        {
            if (ReferenceEquals(other, track))
            {
                return true;
            }
        }

        return false;
    }
}
