namespace EventMeet.Media.Relays;

/// <summary>How a goodbye spells why (RFC 3550 section 6.6, "reason for leaving").</summary>
internal static class RelayEnds
{
    /// <summary>ASCII.</summary>
    public static ReadOnlySpan<byte> NameOf(RelayEnd end) =>
        end switch
        {
            RelayEnd.RoomEnded => "room_ended"u8,
            RelayEnd.Replaced => "replaced"u8,
            RelayEnd.Moved => "moved"u8,
            RelayEnd.Exhausted => "exhausted"u8,
            RelayEnd.CutOff => "cut_off"u8,
            _ => "closed"u8,
        };

    /// <summary>What a reason says; an unknown one is <see cref="RelayEnd.Closed"/>.</summary>
    public static RelayEnd FromName(ReadOnlySpan<byte> name)
    {
        for (var end = RelayEnd.Closed; end <= RelayEnd.CutOff; end++)
        {
            if (name.SequenceEqual(NameOf(end)))
            {
                return end;
            }
        }

        return RelayEnd.Closed;
    }
}
