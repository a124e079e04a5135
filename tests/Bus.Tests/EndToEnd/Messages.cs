using System.Globalization;
using EventMeet.Contracts.Bus;

namespace EventMeet.Bus.Tests.EndToEnd;

internal static class Messages
{
    internal static BusMessage New(string id, string? session = null) =>
        new(
            id,
            "eventmeet.Test.v1",
            "tests",
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            "{\"a\":1}"u8.ToArray()
        )
        {
            SessionId = session,
        };

    internal static BusMessage[] Many(int count) =>
        [.. Enumerable.Range(0, count).Select(i => New(i.ToString(CultureInfo.InvariantCulture)))];
}
