using EventMeet.Media.Rooms;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Rooms;

/// <summary>Who gets which slot: nobody moves without need.</summary>
public sealed class SlotAssignerTests
{
    [Theory]
    [InlineData("...", "", "...")]
    [InlineData("...", "ab", "ab.")]
    [InlineData("ab.", "cab", "abc")] // a newcomer takes the free slot, whatever the ranks
    [InlineData("abc", "dabc", "abd")] // the least wanted makes room
    [InlineData("abc", "cb", ".bc")]
    [InlineData("abc", "", "...")]
    [InlineData("a", "ba", "b")]
    [InlineData("ab", "dcba", "dc")]
    [InlineData("", "abc", "")]
    public void Slots_change_as_little_as_they_can(string before, string ranked, string after)
    {
        var slots = before.Select(Track).ToArray();

        SlotAssigner.Assign<string>(slots, [.. ranked.Select(Track)!]);

        Assert.Equal(after, string.Concat(slots.Select(track => track ?? ".")));
    }

    [Property]
    public void The_most_wanted_are_in_once_each_and_whoever_stays_does_not_move(
        byte slotCount,
        byte[] carried,
        byte[] ranked
    )
    {
        var wanted = ranked.Distinct().Select(value => Track((char)(value + 'a'))!).ToArray();
        var slots = new string?[slotCount % 12];
        foreach (var (value, at) in carried.Distinct().Take(slots.Length).Select((value, at) => (value, at)))
        {
            slots[at] = Track((char)(value + 'a'));
        }

        var before = (string?[])slots.Clone();
        SlotAssigner.Assign<string>(slots, wanted);

        var top = wanted.Take(slots.Length).ToArray();
        Assert.Equal(top.Order(StringComparer.Ordinal), slots.OfType<string>().Order(StringComparer.Ordinal));
        for (var i = 0; i < slots.Length; i++)
        {
            Assert.True(before[i] is not { } kept || !top.Contains(kept) || slots[i] == kept);
        }
    }

    // The assigner tells tracks apart by reference.
    private static string? Track(char letter) => letter == '.' ? null : string.Intern(letter.ToString());
}
