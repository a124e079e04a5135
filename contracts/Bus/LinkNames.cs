using System.Globalization;

namespace EventMeet.Contracts.Bus;

/// <summary>Names for links and requests: unique in this process, which is what a connection needs.</summary>
internal static class LinkNames
{
    private static long s_last;

    internal static string New(string about) =>
        string.Create(CultureInfo.InvariantCulture, $"{about}-{Interlocked.Increment(ref s_last)}");
}
