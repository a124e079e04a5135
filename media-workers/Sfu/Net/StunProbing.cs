using System.Net;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Sfu.Net;

/// <summary>Runs a <see cref="StunProbe"/> over a port that nobody reads yet.</summary>
internal static class StunProbing
{
    // A worker must not be kept from starting by a STUN server that is down.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks a STUN server which address and port our datagrams come from.</summary>
    /// <param name="port">The shard's port, before its thread runs.</param>
    /// <param name="server">The server.</param>
    /// <param name="clock">The process's clock.</param>
    /// <returns>The address; null when no usable answer came in time.</returns>
    public static IPAddress? Ask(UdpPort port, IPEndPoint server, MonotonicClock clock)
    {
        var deadline = clock.Now + Patience;
        var probe = new StunProbe(TransportAddress.From(server), clock.Now);
        Span<byte> request = stackalloc byte[StunProbe.RequestLength];
        using var waiting = new EpollSet();
        waiting.Watch(port.Descriptor, key: 0);
        while (probe.State is StunProbeState.Waiting && clock.Now < deadline)
        {
            probe.Advance(clock.Now);
            while (probe.TryTakeDatagram(request, out var length))
            {
                port.Send(new Media.Transmit(probe.Server, request[..length], length));
            }

            var wait = MonotonicTime.Soonest(probe.NextTimeout.At, deadline) - clock.Now;
            _ = waiting.Wait(TimeSpan.FromTicks(Math.Max(wait.Ticks, 0)));
            var count = port.Receive();
            for (var i = 0; i < count; i++)
            {
                var datagram = port.Received(i, out var remote);
                _ = probe.HandleDatagram(datagram, remote);
            }
        }

        return probe.State is StunProbeState.Answered ? probe.PublicAddress.ToIPEndPoint().Address : null;
    }
}
