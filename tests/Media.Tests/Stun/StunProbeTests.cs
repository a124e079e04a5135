using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Stun;

public sealed class StunProbeTests
{
    private static readonly TransportAddress Server = TransportAddress.FromIPv4(0xC0000201, 3478);
    private static readonly TransportAddress Public = TransportAddress.FromIPv4(0xC6336407, 40000);

    [Fact]
    public void Learns_the_address_from_the_answer_to_its_second_request()
    {
        var probe = new StunProbe(Server, MonotonicTime.Zero);
        Span<byte> request = stackalloc byte[StunProbe.RequestLength];
        Assert.True(probe.TryTakeDatagram(request, out _));
        Assert.False(probe.TryTakeDatagram(request, out _));
        probe.Advance(probe.NextTimeout.At);
        Assert.True(probe.TryTakeDatagram(request, out var length));
        Assert.Equal(StunProbe.RequestLength, length);

        var answer = Answer(request, StunMessageType.BindingSuccess);
        Assert.Equal(PacketFault.StunUnexpectedMessage, probe.HandleDatagram(answer, Public));
        Assert.Equal(PacketFault.None, probe.HandleDatagram(answer, Server));
        Assert.Equal(StunProbeState.Answered, probe.State);
        Assert.Equal(Public, probe.PublicAddress);
        Assert.Equal(Deadline.None, probe.NextTimeout);
    }

    [Fact]
    public void Gives_up_after_seven_requests_and_39_and_a_half_seconds()
    {
        var probe = new StunProbe(Server, MonotonicTime.Zero);
        Span<byte> request = stackalloc byte[StunProbe.RequestLength];
        var sent = 0;
        var now = MonotonicTime.Zero;
        while (probe.State == StunProbeState.Waiting)
        {
            now = probe.NextTimeout.At;
            probe.Advance(now);
            sent += probe.TryTakeDatagram(request, out _) ? 1 : 0;
        }

        Assert.Equal(StunProbeState.TimedOut, probe.State);
        Assert.Equal(7, sent);
        Assert.Equal(39_500_000, now.Microseconds);
    }

    [Fact]
    public void Says_when_it_is_refused()
    {
        var probe = new StunProbe(Server, MonotonicTime.Zero);
        Span<byte> request = stackalloc byte[StunProbe.RequestLength];
        _ = probe.TryTakeDatagram(request, out _);
        Assert.Equal(PacketFault.None, probe.HandleDatagram(Answer(request, StunMessageType.BindingError), Server));
        Assert.Equal(StunProbeState.Refused, probe.State);
    }

    private static byte[] Answer(ReadOnlySpan<byte> request, StunMessageType type)
    {
        Assert.Equal(PacketFault.None, StunMessage.TryParse(request, out var message));
        var bytes = new byte[128];
        var writer = new StunWriter(bytes, type, message.TransactionId);
        if (type == StunMessageType.BindingSuccess)
        {
            writer.AddXorMappedAddress(Public);
        }
        else
        {
            writer.AddErrorCode(StunErrorCode.ServerError);
        }

        return bytes[..writer.Finish()];
    }
}
