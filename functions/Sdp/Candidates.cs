/*  RFC 8839 section 5.1:  a=candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type> …
    RFC 6544 section 4.5:  … typ host tcptype passive                                                               */

using System.Globalization;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>The host candidates of a shard.</summary>
internal static class Candidates
{
    // RFC 8445 section 5.1.2.2 gives 126 to UDP; TCP is to rank below every UDP path (RFC 6544 section 4.2), and
    // browsers give their own TCP candidates 90.
    private const uint UdpTypePreference = 126;
    private const uint TcpTypePreference = 90;

    // RFC 6544 section 4.2: local preference = 2^13 * direction + other; a passive host candidate has direction 4.
    private const uint PassiveDirection = 4 << 13;
    private const uint Component = 1;

    /// <summary>Gets the values of the candidate attributes: UDP and, where it listens, passive TCP for each address.</summary>
    /// <param name="addresses">The shard's addresses, best first.</param>
    public static IEnumerable<string> Of(IReadOnlyList<MediaAddress> addresses)
    {
        var foundation = 0;
        for (var i = 0; i < addresses.Count; i++)
        {
            var (address, udpPort, tcpPort) = addresses[i];
            var rank = (uint)i;
            var udp = Priority(UdpTypePreference, 65535 - rank);
            foundation++;
            yield return Text($"{foundation} {Component} udp {udp} {address} {udpPort} typ host");
            if (tcpPort is { } port)
            {
                var tcp = Priority(TcpTypePreference, PassiveDirection + 8191 - rank);
                foundation++;
                yield return Text($"{foundation} {Component} tcp {tcp} {address} {port} typ host tcptype passive");
            }
        }
    }

    // RFC 8445 section 5.1.2.1.
    private static uint Priority(uint typePreference, uint localPreference) =>
        (typePreference << 24) + (localPreference << 8) + (256 - Component);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
